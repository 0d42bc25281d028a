package e2e

import (
	"testing"
	"time"
)

// passes lets a span pass that is itself what is tested: nothing could be waited for in its place.
func passes(t *testing.T, span time.Duration, what string) {
	t.Helper()
	t.Logf("%v pass: %s", span.Round(time.Millisecond), what)
	for deadline := time.Now().Add(span); time.Now().Before(deadline); {
		time.Sleep(time.Until(deadline))
	}
}

// eventually waits until a condition holds, and fails with what is still in the way when the time is over.
func eventually(t *testing.T, within time.Duration, what string, holds func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %v", what, within, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
