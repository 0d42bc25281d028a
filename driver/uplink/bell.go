package uplink

import (
	"context"
	"time"
)

// bell wakes the one goroutine that waits on it. A ring while nobody waits is kept; more of them
// count as one.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// wait returns at a ring, at the given time (zero is never) or when ctx ends.
func (b bell) wait(ctx context.Context, at time.Time) {
	var due <-chan time.Time
	if !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-b:
	case <-due:
	case <-ctx.Done():
	}
}

// earlier is the first of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
