package main

import (
	"context"
	"time"
)

// look is how often a drain looks whether its present step is over.
const look = 20 * time.Millisecond

// drain ends the service in order, within the grace period: no new controllers and commands, the
// accepted commands answered, what was reported acknowledged or on disk, each controller told what is stored of its
// log and let go, and the port closed. Redis knows that nobody listens here before the first lease is given back:
// a command is refused by us, or left to others, but never taken and left without an answer.
func (p *process) drain(grace time.Duration) {
	p.state.draining.Store(true)
	began := time.Now()
	// The last of the time is for the parts to end in, and for Sentry.
	whole := grace - min(grace*2/5, leaveWithin+flushBound)
	ctx, cancel := context.WithDeadline(p.failed, began.Add(whole))
	defer cancel()
	p.table.BeginDrain()
	if p.spool != nil {
		p.spool.Hold()
	}
	p.commands.Quit()
	// One controller that leaves a command unanswered, or a Redis or a vendor app that is away, must not
	// take the time for letting all others go. What is posted then ends as unknown, and what is reported stays
	// in the controllers.
	answered, cancelAnswered := context.WithDeadline(ctx, began.Add(whole/2))
	defer cancelAnswered()
	if !until(answered, p.commands.Silent) {
		p.log.Warn("drain: Redis did not confirm that no command is sent here any more")
	}
	if !until(answered, p.table.Idle) {
		p.log.Warn("drain: commands are left unanswered")
	}
	p.table.Hold()
	flush, cancelFlush := context.WithDeadline(ctx, began.Add(whole*3/4))
	defer cancelFlush()
	if err := p.uplink.Outbox.Flush(flush); err != nil {
		p.log.Warn("drain: events are left unacknowledged, the controllers or the spool keep them", "err", err)
	}
	if p.spool != nil && !until(flush, p.spool.Settled) {
		p.log.Warn("drain: transactions did not get to disk, the controllers keep them")
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
	if !until(ctx, p.commands.Cleared) {
		p.log.Warn("drain: Redis keeps commands that were read, the next holders answer them")
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
