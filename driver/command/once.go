package command

import (
	"errors"
	"sync"
	"time"

	"mercury-driver/driver/controller"
	pb "mercury-driver/proto/mercury/driver/v1"
)

const (
	// onceMargin is how long beyond its ttl a signed command's id is remembered, for clocks that differ.
	onceMargin = 10 * time.Second
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
// remembered only while it is good; and who deletes a claim in Redis, or takes a command along to another channel
// or another day, opens nothing.
type once struct {
	mu    sync.Mutex
	until map[string]time.Time // by id
	swept time.Time
}

// take reports whether the command is heard for the first time, and not long after its time. The session is who
// judges whether it is still good.
func (o *once) take(now, appTime time.Time, c *pb.Command) (fresh bool, err error) {
	if c.IssuedAtNs == 0 {
		return false, errUndated
	}
	age := appTime.Sub(time.Unix(0, c.IssuedAtNs))
	kept := controller.GoodFor(c) + onceMargin - age
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sweep(now)
	_, known := o.until[c.Id]
	switch {
	case age < -maxAhead:
		return false, errAhead
	case known, kept < 0:
		return false, nil
	case len(o.until) >= maxOnce:
		return false, errCrowded
	}
	o.until[c.Id] = now.Add(kept)
	return true, nil
}

func (o *once) sweep(now time.Time) {
	if now.Sub(o.swept) < sweepEvery {
		return
	}
	o.swept = now
	for id, until := range o.until {
		if now.After(until) {
			delete(o.until, id)
		}
	}
}
