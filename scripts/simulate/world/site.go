package world

import (
	"fmt"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/scripts/simulate/oracle"
	"mercury-driver/sim/panel"
)

// site is one panel with the life at it, and its link, dialled again and again.
type site struct {
	world   *World
	serial  uint64
	panel   *panel.Panel
	due     time.Duration // when its next timer rings, 0: none
	link    *link         // nil: none
	lidOpen bool
	pause   time.Duration
}

const (
	shortestDial = 200 * time.Millisecond
	longestDial  = 5 * time.Second
)

func (w *World) newSite(serial uint64) *site {
	s := &site{world: w, serial: serial}
	s.panel = panel.New(panel.Options{Serial: serial, LogCapacity: w.settings.logCapacity,
		Cards: map[uint64]panel.Card{1: {Doors: 0b1111}}, Recorder: recorder{s}})
	s.panel.Start(s.now())
	w.after(w.upTo(time.Second), nil, "dial", s.dial)
	return s
}

// now is the time at the panel; its own clock follows it until somebody sets that.
func (s *site) now() time.Time { return began.Add(s.world.now) }

// act lets something happen at the panel, and its link say what follows.
func (s *site) act(do func(p *panel.Panel)) {
	s.panel.Advance(s.now())
	do(s.panel)
	s.alarm()
	if s.link != nil {
		s.link.say()
	}
}

// alarm rings when the panel's next timer runs out.
func (s *site) alarm() {
	at, ok := s.panel.Deadline()
	due := at.Sub(began)
	if !ok || due == s.due {
		return
	}
	s.due = due
	s.world.after(due-s.world.now, nil, "panel timer", func() {
		if s.due == due {
			s.due = 0
		}
		s.act(func(*panel.Panel) {})
	})
}

// dial calls one of the processes, as the load balancer has it.
func (s *site) dial() {
	w := s.world
	d := pick(w, w.drivers)
	if s.link != nil {
		return
	}
	if !s.panel.Up() || !d.host.up || !s.attach(d) {
		s.dialLater()
		return
	}
}

func (s *site) dialLater() {
	s.pause = min(max(2*s.pause, shortestDial), longestDial)
	s.world.after(s.world.between(s.pause/2, s.pause), nil, "dial", s.dial)
}

// somebody does something at the panel that is logged.
func (s *site) somebody() {
	s.act(func(p *panel.Panel) {
		door := uint32(1 + s.world.intN(panel.Doors))
		switch s.world.intN(6) {
		case 0:
			p.Swipe(door, 1)
			p.OpenDoor(door)
		case 1:
			p.CloseDoor(door)
		case 2:
			p.Swipe(door, 4711)
		case 3:
			p.PressExit(door)
		default:
			s.lidOpen = !s.lidOpen
			p.Tamper(0, s.lidOpen)
		}
	})
}

// crowd does a lot at once: a log may wrap.
func (s *site) crowd() {
	for range s.world.intN(2 * s.world.settings.logCapacity) {
		s.somebody()
	}
}

// reboot restarts the panel.
func (s *site) reboot() { s.act((*panel.Panel).WatchdogReset) }

// erase resets the panel to how it came: its log begins anew.
func (s *site) erase() {
	s.hangUp()
	s.dialLater()
	s.act((*panel.Panel).Erase)
}

// recorder tells the oracle what the panel did.
type recorder struct{ site *site }

func (r recorder) Logged(e panel.Entry) {
	if r.site.world.trace != nil {
		r.site.world.tell(fmt.Sprint(r.site.serial), fmt.Sprintf("  logs %d/%d %v", e.Epoch, e.Index, e.Kind))
	}
	r.site.world.oracle.Logged(oracle.Name{Serial: r.site.serial, Epoch: e.Epoch, Index: e.Index}, e.Kind.String(), e.Time)
}

func (r recorder) Executed(x panel.Execution) {
	o := r.site.world.oracle
	if to, ok := x.Command.Action.(scp.LogAcknowledge); ok {
		o.ToldStored(r.site.serial, to.Epoch, to.Index)
	}
	o.Executed(r.site.serial, x.Command.Action, x.Result)
}

func (r recorder) Remember(m panel.Memory) {
	if to, ok := m.Action.(scp.LogAcknowledge); ok {
		r.site.world.oracle.Forgot(r.site.serial, to.Epoch, to.Index)
	}
}
