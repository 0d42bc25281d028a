package uplink

import (
	"context"
	"time"
)

// backoff spaces attempts: each wait is jittered between the shortest and a ceiling that doubles, so
// that 40 processes that lost one vendor app do not come back in step.
type backoff struct{ ceiling time.Duration }

const (
	shortestWait = 100 * time.Millisecond
	longestWait  = 5 * time.Second
)

// next is how long to wait now; jitter is a random number in [0, 1).
func (b *backoff) next(jitter float64) time.Duration {
	b.ceiling = min(max(2*b.ceiling, 2*shortestWait), longestWait)
	return between(shortestWait, b.ceiling, jitter)
}

func (b *backoff) reset() { b.ceiling = 0 }

func between(least, most time.Duration, jitter float64) time.Duration {
	return least + time.Duration(jitter*float64(most-least))
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
