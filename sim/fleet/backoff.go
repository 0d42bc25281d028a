package fleet

import (
	"math/rand/v2"
	"time"
)

const (
	shortestPause = 200 * time.Millisecond
	longestPause  = 10 * time.Second
	// spread: so far apart the panels of a fleet dial in for the first time.
	spread = 500 * time.Microsecond
)

// backoff draws the pauses between the dials of one panel: 0.2 s, then twice as long after each link
// that was no good one, up to 10 s; each shortened by up to a half, by chance.
type backoff struct {
	chance *rand.Rand
	pause  time.Duration
}

// first is the pause before the first dial.
func (b *backoff) first(panels int) time.Duration {
	return time.Duration(b.chance.Float64() * float64(panels) * float64(spread))
}

// after is the pause after a link, which was a good one or not, or none at all.
func (b *backoff) after(good bool) time.Duration {
	b.pause = min(max(2*b.pause, shortestPause), longestPause)
	if good {
		b.pause = shortestPause
	}
	return b.pause - time.Duration(b.chance.Float64()*float64(b.pause)/2)
}
