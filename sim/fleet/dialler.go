package fleet

import (
	"context"
	"time"

	"mercury-driver/sim/panel"
)

// lasting: a link that lived so long was a good one.
const lasting = 2 * time.Second

// dialler keeps one link of a member up. Its methods belong to one goroutine.
type dialler struct {
	member *Member
	panel  *panel.Panel // the member's, or its twin
	twin   bool
	retry  backoff
}

// dialOn dials and serves until ctx ends, or the journal can't be written.
func (d *dialler) dialOn(ctx context.Context, pause time.Duration) {
	for rest(ctx, pause) && d.member.awaitDial(ctx) {
		pause = d.retry.after(d.connect(ctx))
	}
}

// rest returns after the pause; false: ctx ended.
func rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// awaitDial returns when the panel dials; false: it never will again.
func (m *Member) awaitDial(ctx context.Context) bool {
	for {
		m.mu.Lock()
		ready, failed, up := m.dials(), m.err != nil, m.up
		m.mu.Unlock()
		if ready || failed {
			return !failed
		}
		select {
		case <-up:
		case <-ctx.Done():
			return false
		}
	}
}

// connect dials, and serves the link until it ends. It reports whether that was a good link: one that
// lasted, or that the panel itself gave up.
func (d *dialler) connect(ctx context.Context) (good bool) {
	reach, address := d.member.fleet.reach, d.address()
	began := time.Now()
	conn, err := d.member.fleet.dial(ctx, "tcp", address)
	if err != nil {
		reach.failed(ctx, address, began, err)
		return false
	}
	linked := time.Now()
	givenUp, err := d.serve(ctx, conn, address)
	if err != nil {
		reach.failed(ctx, address, began, err)
	}
	return givenUp || time.Since(linked) >= lasting
}

// address draws one of the fleet's: for a twin another one than the panel dialled last, where there are others.
func (d *dialler) address() string {
	m := d.member
	m.mu.Lock()
	defer m.mu.Unlock()
	addresses := m.fleet.opts.Connect
	if others := len(addresses) - 1; d.twin && others > 0 {
		return addresses[(m.address+1+d.retry.chance.IntN(others))%len(addresses)]
	}
	m.address = d.retry.chance.IntN(len(addresses))
	return addresses[m.address]
}
