package command

import (
	"errors"
	"sync"
	"time"

	"mercury-driver/driver/controller"
	pb "mercury-driver/proto/mercury/driver/v1"
)

const (
	// onceMargin is how long beyond its ttl a signed command's id is remembered: the clocks of those who sign may
	// differ by that, or be set back.
	onceMargin = time.Minute
	// maxAhead is how far a signed command may be issued in the future: so long is its id kept in addition.
	maxAhead = 10 * time.Minute
	// maxOnce is how many ids are remembered.
	maxOnce = 262_144
	// sweepEvery is how often those that are over are forgotten.
	sweepEvery = 10 * time.Second
)

// Why a signed command is not carried out. It is refused rather than dropped: its signature holds.
var (
	errUndated = errors.New("a signed command must carry issued_at_ns")
	errAhead   = errors.New("issued_at_ns is more than 10 minutes ahead of the vendor app's clock")
	errCrowded = errors.New("the driver remembers too many signed commands")
)

// once lets each signed command in once, for whichever controller. As it has a time of issue it needs to be
// remembered only until it is over; and who takes a command along to another channel or another day opens nothing. What
// it remembers is this process's own: who deletes the claim in Redis too can have a command that names no lease epoch
// carried out once more within its ttl, where the controller has moved or the driver was started anew. All times are
// the vendor app's. Should its clock be set back, no command that may have been forgotten gets in, and so no new one
// either until the clock has caught up.
type once struct {
	mu        sync.Mutex
	over      map[string]time.Time // when the command with that id is
	forgotten time.Time            // the latest of those that were dropped from it
	swept     time.Time
}

// take reports whether the command is heard for the first time, and not long after its time. The session is who
// judges whether it is still good.
func (o *once) take(now time.Time, c *pb.Command) (fresh bool, err error) {
	if c.IssuedAtNs == 0 {
		return false, errUndated
	}
	over := isOver(c)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sweep(now)
	_, known := o.over[c.Id]
	switch {
	case time.Unix(0, c.IssuedAtNs).After(now.Add(maxAhead)):
		return false, errAhead
	case known, now.After(over), !over.After(o.forgotten):
		return false, nil
	case len(o.over) >= maxOnce:
		return false, errCrowded
	}
	o.over[c.Id] = over
	return true, nil
}

// isOver is when a signed command needs not be remembered any more, as nobody would carry it out.
func isOver(c *pb.Command) time.Time {
	return time.Unix(0, c.IssuedAtNs).Add(controller.GoodFor(c) + onceMargin)
}

// lapsed reports whether a command is over now and was not when it was published: it waited in Redis for so long that
// its session has to answer that. It is no replay, and as one it could do no more.
func lapsed(now time.Time, waited time.Duration, c *pb.Command) bool {
	over := isOver(c)
	return now.After(over) && !now.Add(-waited).After(over)
}

func (o *once) sweep(now time.Time) {
	if now.Sub(o.swept).Abs() < sweepEvery {
		return
	}
	o.swept = now
	for id, over := range o.over {
		if now.After(over) {
			delete(o.over, id)
			if over.After(o.forgotten) {
				o.forgotten = over
			}
		}
	}
}
