//go:build !mpl

package libmpl

import (
	"testing"
	"time"
)

func TestPollsThatCanBeAskedFor(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "1ms": time.Millisecond, "24h": 24 * time.Hour} {
		if got, err := parsePoll(text); got != want || err != nil {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"often", "5", "999us", "-1s", "24h1ms"} {
		if got, err := parsePoll(text); got != 0 || err == nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
