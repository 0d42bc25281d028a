package main

import (
	"context"
	"time"
)

// look is how often a drain looks whether its present step is over.
const look = 20 * time.Millisecond

// drain ends the service in order, within the grace period: no new controllers and commands, the
// accepted commands answered, what was reported acknowledged, each controller told what is stored of its
// log and let go, and the port closed.
func (p *process) drain(grace time.Duration) {
	p.state.draining.Store(true)
	// The last of the time, 5 s at most, is for the parts to end in, and for Sentry.
	ctx, cancel := context.WithTimeout(p.failed, grace-min(grace/4, leaveWithin))
	defer cancel()
	p.table.BeginDrain()
	if !until(ctx, p.table.Idle) {
		p.log.Warn("drain: commands are left unanswered")
		return
	}
	p.table.Hold()
	// A vendor app that is away can't acknowledge: then the controllers keep what they reported, and
	// some of the time is for letting them go.
	flush, cancelFlush := context.WithTimeout(ctx, grace/2)
	defer cancelFlush()
	if err := p.uplink.Outbox.Flush(flush); err != nil {
		p.log.Warn("drain: events are left unacknowledged, the controllers keep them", "err", err)
	}
	p.table.Release(time.Now())
	if !until(ctx, func() bool { return p.table.Attached() == 0 }) {
		p.log.Warn("drain: controllers are left attached", "controllers", p.table.Attached())
	}
	if err := p.closeChannel(ctx); err != nil {
		p.log.Warn("drain: the port is left open", "err", err)
	}
	if err := p.uplink.Outbox.Flush(ctx); err != nil { // the offline events and the last results
		p.log.Warn("drain: the last events are left unacknowledged", "err", err)
	}
}

// until waits for a condition, and reports whether it came true before ctx ended.
func until(ctx context.Context, over func() bool) bool {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for !over() {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}
