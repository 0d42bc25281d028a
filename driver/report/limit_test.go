package report

import (
	"fmt"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	l := newLimiter()
	now := time.Now()
	check := func(what, key string, wantHeld int, want bool) {
		t.Helper()
		if held, ok := l.admit(key, now); held != wantHeld || ok != want {
			t.Errorf("%s: %d, %v, want %d, %v", what, held, ok, wantHeld, want)
		}
	}
	check("the first", "a", 0, true)
	for range 10 {
		check("a repeat", "a", 0, false)
	}
	check("another", "b", 0, true)
	now = now.Add(repeatEvery)
	check("after a minute", "a", 10, true)
	check("its repeat", "a", 0, false)
}

func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter()
	now := time.Now()
	passed := 0
	for i := range 10 * keptKeys {
		if _, ok := l.admit(fmt.Sprint(i), now); ok {
			passed++
		}
	}
	if passed != keptKeys || len(l.seen) != keptKeys {
		t.Errorf("%d passed, %d kept, want %d", passed, len(l.seen), keptKeys)
	}
	if _, ok := l.admit("new", now.Add(repeatEvery)); !ok || len(l.seen) != 1 {
		t.Errorf("a minute later: passed %v with %d kept", ok, len(l.seen))
	}
}
