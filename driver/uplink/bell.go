package uplink

import (
	"context"
	"time"
)

// bell wakes the one goroutine that waits on it. A ring while nobody waits is kept; more of them
// count as one.
type bell struct {
	rung  chan struct{}
	alarm *alarm // of who waits
}

func newBell() bell { return bell{make(chan struct{}, 1), new(alarm)} }

func (b bell) ring() {
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// wait returns at a ring, not long after the given time (zero is never), or when ctx ends; at times for nothing.
func (b bell) wait(ctx context.Context, at time.Time) {
	b.alarm.set(at, b.ring)
	select {
	case <-b.rung:
	case <-ctx.Done():
	}
}

// alarm rings at a time. One that is set for the same time again is left alone: a waiter that is woken hundreds of times
// before its time comes would have the runtime wake a thread for each new timer, to tell it of that.
type alarm struct {
	timer *time.Timer
	at    time.Time
}

func (a *alarm) set(at time.Time, ring func()) {
	left := time.Until(at)
	if at.Equal(a.at) && (left > 0 || at.IsZero()) {
		return
	}
	if a.timer != nil {
		a.timer.Stop()
	}
	if a.at = at; !at.IsZero() {
		a.timer = time.AfterFunc(left, ring)
	}
}

// earlier is the first of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
