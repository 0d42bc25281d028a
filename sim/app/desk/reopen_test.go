package desk

import (
	"strings"
	"testing"
	"time"
)

// Else a wall clock that is set back later would keep the command open for as long.
func TestATakenUpCommandDoesNotEndByTheWallClock(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct{ age, left time.Duration }{
		"half its time is over":    {5 * time.Second, 5 * time.Second},
		"all of it is":             {time.Minute, -50 * time.Second},
		"the clock was set back":   {-time.Hour, 10 * time.Second},
		"it was begun this moment": {0, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			o := reopen(now, Order{TTL: 5 * time.Second, CreatedNS: now.Add(-c.age).UnixNano()})
			if left := o.deadline.Sub(now); left != c.left || !strings.Contains(o.deadline.String(), " m=") {
				t.Errorf("ends in %v, at %v, want %v by the monotonic clock", left, o.deadline, c.left)
			}
		})
	}
}
