package panel

import "time"

// How long things take.
const (
	// StrikeTime: a door that was let go locks again after it, opened or not.
	StrikeTime = 5 * time.Second
	// HeldAfter: a door open for longer is held.
	HeldAfter = 20 * time.Second
	// HostTime: the host has so long to decide over a card.
	HostTime = 3 * time.Second
	// PINTime: a person has so long to enter a PIN.
	PINTime = 10 * time.Second
	// ProcedureTime: a stored procedure switches its output on for so long.
	ProcedureTime = 5 * time.Second
	// BootTime: from a reset to the start.
	BootTime = 2 * time.Second
	// FirmwareStep: a download takes seven of them.
	FirmwareStep = time.Second
	// BatteryTime: the panel lives so long without mains.
	BatteryTime = 4 * time.Hour
)

type timerKind uint8

const (
	relockTimer timerKind = iota
	heldTimer
	pinTimer
	hostTimer
	pulseTimer
	procedureTimer
	firmwareTimer
	batteryTimer
	bootTimer
)

// timer is something that happens by itself; number says which door, output or procedure.
type timer struct {
	at     time.Time
	kind   timerKind
	number uint32
}

// setTimer starts a timer, or starts it anew.
func (p *Panel) setTimer(kind timerKind, number uint32, after time.Duration) {
	p.stopTimer(kind, number)
	p.timers = append(p.timers, timer{p.now.Add(after), kind, number})
}

func (p *Panel) stopTimer(kind timerKind, number uint32) {
	for i, t := range p.timers {
		if t.kind == kind && t.number == number {
			p.timers = append(p.timers[:i], p.timers[i+1:]...)
			return
		}
	}
}

func (p *Panel) timing(kind timerKind, number uint32) bool {
	for _, t := range p.timers {
		if t.kind == kind && t.number == number {
			return true
		}
	}
	return false
}

// Deadline is when something will happen by itself; false when nothing will.
func (p *Panel) Deadline() (time.Time, bool) {
	at, ok := p.due()
	if held := p.link.replies; len(held) > 0 && held[0].at.After(p.now) && (!ok || held[0].at.Before(at)) {
		return held[0].at, true
	}
	return at, ok
}

// due is when the next timer runs out, or a pending command is carried out.
func (p *Panel) due() (at time.Time, ok bool) {
	if len(p.timers) > 0 {
		at, ok = p.timers[p.first()].at, true
	}
	if commands := p.link.pending; len(commands) > 0 && (!ok || commands[0].at.Before(at)) {
		at, ok = commands[0].at, true
	}
	return at, ok
}

// first is the place of the timer that runs out first; there is at least one.
func (p *Panel) first() int {
	first := 0
	for i, t := range p.timers {
		if t.at.Before(p.timers[first].at) {
			first = i
		}
	}
	return first
}

// Advance tells the panel the time. What was due until then happens, each thing at its own time. A
// time before the last one is taken as the last one.
func (p *Panel) Advance(now time.Time) {
	for at, ok := p.due(); ok && !at.After(now); at, ok = p.due() {
		p.now = later(p.now, at)
		p.happen(at)
	}
	p.now = later(p.now, now)
}

// happen does one thing that is due at that time.
func (p *Panel) happen(at time.Time) {
	if len(p.timers) > 0 {
		if t := p.timers[p.first()]; t.at.Equal(at) {
			p.stopTimer(t.kind, t.number)
			p.fire(t)
			return
		}
	}
	p.handleNext()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (p *Panel) fire(t timer) {
	switch t.kind {
	case relockTimer: // the strike falls; doors are locked when no such timer runs
	case heldTimer:
		p.doorHeld(t.number)
	case pinTimer:
		p.pinMissing(t.number)
	case hostTimer:
		p.decideAlone(t.number)
	case pulseTimer:
		p.switchOutput(t.number, false)
	case procedureTimer:
		p.endProcedure(t.number)
	case firmwareTimer:
		p.loadMore()
	case batteryTimer:
		p.batteryEmpty()
	case bootTimer:
		p.boot(p.cause)
	}
}
