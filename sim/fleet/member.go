package fleet

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"mercury-driver/sim/panel"
	"mercury-driver/sim/panel/journal"
)

// lasting: a link that lived so long was a good one.
const lasting = 2 * time.Second

// Member is one panel of a fleet, with its life, its journal and its link. Any goroutine may use it.
type Member struct {
	fleet  *Fleet
	serial uint64
	chance *rand.Rand    // of dialling and faults; run's
	up     chan struct{} // the panel came up, or failed

	mu       sync.Mutex
	panel    *panel.Panel
	life     *life
	journal  *journal.Journal // nil: none
	alarm    *time.Timer      // rings when something is due; nil: not started, or over
	due      time.Time        // when it rings; zero: never
	line     *line            // nil: no link
	links    int
	commands int
	err      error // of the journal
}

// Serial is the panel's serial number.
func (m *Member) Serial() uint64 { return m.serial }

// Act lets the caller act on the panel, at the present time: m.Act(func(p *panel.Panel) { p.Swipe(1, 4711) }).
// What the panel logs by it is in its journal when Act returns. Not before Start.
func (m *Member) Act(do func(p *panel.Panel)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.step(do)
}

// Online reports whether the panel has a link that the library welcomed.
func (m *Member) Online() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.line != nil && m.line.welcome
}

// start gives the panel power. Where the script lies in the past, it ends now.
func (m *Member) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alarm = time.AfterFunc(time.Hour, m.ring)
	m.alarm.Stop()
	began := time.Now()
	if m.fleet.script.past {
		began = began.Add(-time.Minute - time.Duration(2*float64(m.life.quota)/m.fleet.rate*float64(time.Second)))
	}
	m.panel.Start(began)
	m.life.forget(m.panel)
	m.life.begin(began)
	m.step(func(*panel.Panel) {})
}

// stop ends the panel's time. An alarm on its way finds it stopped.
func (m *Member) stop() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alarm.Stop()
	m.alarm = nil
	return m.err
}

func (m *Member) ring() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due = time.Time{}
	m.step(func(*panel.Panel) {})
}

// step brings the panel up to now, acts on it, writes its journal, and only then lets it speak. The mutex
// is held; a step may block for the write of a few lines to a file.
func (m *Member) step(do func(p *panel.Panel)) {
	if m.alarm == nil || m.err != nil {
		return
	}
	wasUp := m.panel.Up()
	m.life.live(m.panel, time.Now())
	do(m.panel)
	m.life.forget(m.panel)
	if m.journal != nil {
		m.err = m.journal.Flush()
	}
	if m.err != nil || m.panel.Up() && !wasUp {
		m.wake()
	}
	m.setAlarm()
	if m.line != nil {
		m.line.send()
	}
}

// wake tells run that the panel came up, or failed.
func (m *Member) wake() {
	select {
	case m.up <- struct{}{}:
	default: // it was told already
	}
}

func (m *Member) setAlarm() {
	due, ok := m.life.due()
	if own, timing := m.panel.Deadline(); timing && (!ok || own.Before(due)) {
		due, ok = own, true
	}
	switch {
	case due.Equal(m.due):
	case ok:
		m.alarm.Reset(time.Until(due))
	default:
		m.alarm.Stop()
	}
	m.due = due
}

// run dials and serves until ctx ends or the journal can't be written.
func (m *Member) run(ctx context.Context) error {
	retry := backoff{chance: m.chance}
	pause := retry.first(len(m.fleet.members))
	for m.wait(ctx, pause) {
		pause = retry.after(m.connect(ctx))
	}
	return m.stop()
}

// wait returns after the pause when the panel is up; false: it is over.
func (m *Member) wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	for {
		m.mu.Lock()
		up, failed := m.panel.Up(), m.err != nil
		m.mu.Unlock()
		if up || failed {
			return !failed
		}
		select {
		case <-m.up:
		case <-ctx.Done():
			return false
		}
	}
}

// connect dials one of the addresses, and serves the link until it ends. It reports whether that was a good
// link: one that lasted, or that the panel itself dropped.
func (m *Member) connect(ctx context.Context) (good bool) {
	addresses := m.fleet.opts.Connect
	address := addresses[m.chance.IntN(len(addresses))]
	began := time.Now()
	conn, err := m.fleet.dial(ctx, "tcp", address)
	if err != nil {
		m.fleet.reach.failed(ctx, address, began, err)
		return false
	}
	linked := time.Now()
	dropped, err := m.serve(ctx, conn, address)
	if err != nil {
		m.fleet.reach.failed(ctx, address, began, err)
	}
	return dropped || time.Since(linked) >= lasting
}
