package fault

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Schedule says which fault begins and ends when, at which panel. Its times are since the panels' start. It is a pure
// state machine: the same seed, panels, faults and times of Start give the same moments, however often and late Next
// is called.
type Schedule struct {
	seed    uint64
	serials []uint64
	last    int // id that was given out
	faults  []*running
	queue   queue
}

// Fault is one that was started and is not over.
type Fault struct {
	ID     int  `json:"id"`
	Spec   Spec `json:"fault"`
	Panels int  `json:"panels"` // that it can hit
	Active int  `json:"active"` // that have it now
	Times  int  `json:"times"`  // that it has begun, at all panels together
}

type running struct {
	Fault
	kind    kind
	waiting int // moments to come
	stopped bool
	targets []*target
}

// target is one panel, as one fault sees it.
type target struct {
	serial uint64
	timing *rand.Rand
	active bool
	times  int
}

// Moment is a fault that begins, or ends, at one panel.
type Moment struct {
	At     time.Duration
	Serial uint64
	Begins bool

	fault  *running
	target *target
	chance *rand.Rand // of what happens there from now on
}

// Fault is the id of the fault.
func (m Moment) Fault() int { return m.fault.ID }

// NewSchedule is one for panels with these serials.
func NewSchedule(seed uint64, serials []uint64) *Schedule {
	return &Schedule{seed: seed, serials: serials}
}

// Start takes a fault in. Ids count from 1. The error is an *Error.
func (s *Schedule) Start(spec Spec, now time.Duration) (Fault, error) {
	k, _ := find(spec.Kind)
	if err := spec.Check(); err != nil {
		return Fault{}, err
	}
	f := &running{Fault: Fault{ID: s.last + 1, Spec: spec}, kind: k}
	for _, serial := range s.draw(spec, f.ID) {
		f.targets = append(f.targets, &target{serial: serial, timing: s.chance(f.ID, serial, 0)})
	}
	if f.Panels = len(f.targets); f.Panels == 0 {
		return Fault{}, wrong("serial", "there is no panel with serial %v", spec.Serials)
	}
	s.last = f.ID
	s.faults = append(s.faults, f)
	for _, t := range f.targets {
		at := now + spec.At
		if spec.Every > 0 {
			at = f.again(t, at)
		}
		s.push(Moment{At: at, Serial: t.serial, Begins: true, fault: f, target: t})
	}
	return f.Fault, nil
}

// draw picks the panels that a fault can hit, in the order of their serials.
func (s *Schedule) draw(spec Spec, id int) (list []uint64) {
	for _, serial := range s.serials {
		if spec.Serials.has(serial) {
			list = append(list, serial)
		}
	}
	if spec.Share == 0 || len(list) == 0 {
		return list
	}
	s.chance(id, 0, 0).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	list = list[:max(1, int(math.Round(spec.Share*float64(len(list)))))]
	slices.Sort(list)
	return list
}

// chance is a source of its own for each fault at each panel, and for each time that it begins there.
func (s *Schedule) chance(id int, serial uint64, times int) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed^uint64(id)<<32^uint64(times), serial))
}

// again draws when a fault comes next at a panel that had it until then.
func (f *running) again(t *target, since time.Duration) time.Duration {
	return since + time.Duration(t.timing.ExpFloat64()*float64(f.Spec.Every))
}

// Stop ends a fault: where it is active, that is due now.
func (s *Schedule) Stop(id int, now time.Duration) error {
	place := slices.IndexFunc(s.faults, func(f *running) bool { return f.ID == id })
	if place < 0 {
		return fmt.Errorf("there is no fault %d", id)
	}
	f := s.faults[place]
	s.queue.remove(f)
	f.waiting, f.stopped = 0, true
	for _, t := range f.targets {
		if t.active {
			s.push(Moment{At: now, Serial: t.serial, fault: f, target: t})
		}
	}
	s.forget(f)
	return nil
}

// Due is when Next has something; false: never, as it is now.
func (s *Schedule) Due() (time.Duration, bool) { return s.queue.due() }

// Next takes the next moment that is due; false: nothing is.
func (s *Schedule) Next(now time.Duration) (Moment, bool) {
	if at, ok := s.Due(); !ok || at > now {
		return Moment{}, false
	}
	m := s.queue.take()
	f, t := m.fault, m.target
	f.waiting--
	if m.Begins {
		f.Times++
		t.times++
		m.chance = s.chance(f.ID, m.Serial, t.times)
	}
	t.active = m.Begins && f.kind.lasts
	s.follow(m)
	s.forget(f)
	return m, true
}

// follow pushes what comes of a moment.
func (s *Schedule) follow(m Moment) {
	f, t := m.fault, m.target
	switch {
	case t.active:
		f.Active++
		if f.Spec.For > 0 {
			s.push(Moment{At: m.At + f.Spec.For, Serial: m.Serial, fault: f, target: t})
		}
		return
	case f.kind.lasts:
		f.Active--
	}
	if f.Spec.Every > 0 && !f.stopped {
		s.push(Moment{At: f.again(t, m.At), Serial: m.Serial, Begins: true, fault: f, target: t})
	}
}

func (s *Schedule) push(m Moment) {
	m.fault.waiting++
	s.queue.add(m)
}

// forget drops a fault that is over.
func (s *Schedule) forget(f *running) {
	if f.waiting == 0 && f.Active == 0 {
		s.faults = slices.DeleteFunc(s.faults, func(x *running) bool { return x == f })
	}
}

// Faults are those that are not over, by their ids.
func (s *Schedule) Faults() (list []Fault) {
	for _, f := range s.faults {
		list = append(list, f.Fault)
	}
	return list
}
