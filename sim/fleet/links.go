package fleet

import (
	"context"
	"math/rand/v2"
	"time"
)

// links are a member's links as faults see them (fault.Links). The member's mutex is held; nothing blocks.
type links struct{ *Member }

// Drop gives all links up.
func (l links) Drop() {
	for _, line := range l.lines {
		line.givenUp = true
		line.close()
	}
}

// Abandon leaves the links to themselves: their connections stay open, and nothing serves them any more.
func (l links) Abandon() {
	for len(l.lines) > 0 {
		line := l.lines[0]
		if line.keep() {
			l.abandoned = append(l.abandoned, line.conn)
		}
		line.givenUp = true
		line.close()
		line.conn.SetDeadline(time.Unix(1, 0)) // wakes its goroutines
		l.leave(line)
	}
}

// Forsake closes what Abandon left open.
func (l links) Forsake() {
	for _, conn := range l.abandoned {
		conn.Close()
	}
	l.abandoned = nil
}

// DialTwice runs a second link beside the first one.
func (l links) DialTwice(on bool) {
	if !on {
		l.hangUpTwin()
		return
	}
	ctx, hangUp := context.WithCancel(l.fleet.living)
	l.hangUpTwin = hangUp
	d := &dialler{member: l.Member, panel: l.panel.Twin(), twin: true,
		retry: backoff{chance: rand.New(rand.NewPCG(l.fleet.opts.Seed+1, ^l.serial))}}
	l.fleet.group.Go(func() error { d.dialOn(ctx, 0); return nil })
}

// Babble says bytes as if they were a frame.
func (l links) Babble(b []byte) {
	for _, line := range l.lines {
		line.nonsense = append(line.nonsense, b...)
		line.send()
	}
}
