package world

import (
	"testing"
	"time"
)

// Package time may move what reading writes into.
func TestReading(t *testing.T) {
	before := reading(began, time.Hour)
	for name, after := range map[string]time.Time{
		"a second later":                 reading(began.Add(time.Second), time.Hour+time.Second),
		"and the clock was set back":     reading(began.Add(-time.Hour), time.Hour+time.Second),
		"and the clock was set in front": reading(began.Add(time.Hour), time.Hour+time.Second),
	} {
		if passed := after.Sub(before); passed != time.Second {
			t.Errorf("%s: %v passed by the monotonic clock", name, passed)
		}
	}
	if set := reading(began.Add(-time.Hour), 0); !set.Round(0).Equal(began.Add(-time.Hour)) {
		t.Errorf("the wall clock shows %v", set.Round(0))
	}
}
