package fleet

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/panel"
	"mercury-driver/sim/panel/journal"
)

// Member is one panel of a fleet, with its life, its journal and its link. Any goroutine may use it.
type Member struct {
	fleet  *Fleet
	serial uint64

	mu         sync.Mutex
	panel      *panel.Panel
	life       *life
	ailments   fault.Ailments
	journal    *journal.Journal // nil: none
	alarm      *time.Timer      // rings when something is due; nil: not started, or over
	due        time.Time        // when it rings; zero: never
	up         chan struct{}    // closed when the panel dials again, or failed; then there is a new one
	address    int              // that was dialled last, in the fleet's list
	lines      []*line          // two while the panel has dialled twice
	hangUpTwin func()           // ends the second one
	abandoned  []net.Conn
	links      int
	commands   int
	err        error // of the journal
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
	return m.online()
}

func (m *Member) online() bool {
	return slices.ContainsFunc(m.lines, func(l *line) bool { return l.welcome })
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
	links{m}.Forsake()
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
	dialled, now := m.dials(), time.Now()
	m.life.live(m.panel, now)
	for _, l := range m.lines {
		l.panel.Advance(now)
	}
	do(m.panel)
	m.ailments.Watch(m.panel)
	m.life.forget(m.panel)
	if m.journal != nil {
		m.err = m.journal.Flush()
	}
	if m.err != nil || m.dials() && !dialled {
		m.wake()
	}
	m.setAlarm()
	for _, l := range m.lines {
		l.send()
	}
}

// wake tells who waits to dial that the panel wants to, or failed.
func (m *Member) wake() {
	close(m.up)
	m.up = make(chan struct{})
}

func (m *Member) setAlarm() {
	due, ok := m.life.due()
	sooner := func(at time.Time, timing bool) {
		if timing && (!ok || at.Before(due)) {
			due, ok = at, true
		}
	}
	sooner(m.panel.Deadline())
	for _, l := range m.lines {
		sooner(l.panel.Deadline())
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

// run keeps a link up until ctx ends or the journal can't be written.
func (m *Member) run(ctx context.Context) error {
	d := dialler{member: m, panel: m.panel, retry: backoff{chance: rand.New(rand.NewPCG(m.fleet.opts.Seed, ^m.serial))}}
	d.dialOn(ctx, d.retry.first(len(m.fleet.members)))
	return m.stop()
}

// suffer lets a fault begin or end here.
func (m *Member) suffer(moment fault.Moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.step(func(p *panel.Panel) { m.ailments.Happen(moment, links{m}, p) })
}

// dials reports whether the panel is of a mind to dial. The mutex is held.
func (m *Member) dials() bool { return m.panel.Up() && !m.ailments.Mute() }
