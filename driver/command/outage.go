package command

import (
	"context"
	"math/rand/v2"
	"time"

	"mercury-driver/driver/report"
)

const (
	firstPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
	// steady is how long Redis must have worked for the pauses to start from the first one again: a
	// connection that breaks each time it stands must not be dialled, and logged, in a tight circle.
	steady = 10 * time.Second
)

// outage is a run of failed attempts to reach Redis: each cause is reported once, and attempts are made at growing
// intervals.
type outage struct {
	since time.Time // zero: none
	ended time.Time // when the one before ended
	last  time.Duration
	told  report.Causes
}

// fails notes a failed attempt, and reports whether its cause is to be reported.
func (o *outage) fails(now time.Time, err error) (news bool) {
	if o.since.IsZero() {
		o.since = now
		if now.Sub(o.ended) >= steady {
			o.last = 0
		}
	}
	return o.told.News(err)
}

// ends notes a success, and returns how long there was none; 0 when all is as before.
func (o *outage) ends(now time.Time) (dur time.Duration) {
	if !o.since.IsZero() {
		dur = now.Sub(o.since)
		*o = outage{ended: now, last: o.last}
	}
	return dur
}

// pause waits for the next attempt: each time about twice as long, and anything from half of that to one
// and a half, so that 40 processes that lost one Redis don't come back in step.
func (o *outage) pause(ctx context.Context) {
	o.last = min(max(2*o.last, firstPause), longPause)
	timer := time.NewTimer(o.last/2 + rand.N(o.last))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
