package panel

import "mercury-driver/cvendor/scp"

// door is one door with its reader.
type door struct {
	mode         int32
	open         contact
	forced, held bool // as the log says
	noForced     bool // masks
	noHeld       bool
	card         uint64 // whose PIN, or the host's decision, is waited for
	waiting      waiting
	request      uint32 // the host decision request, while it is waited for
}

type waiting uint8

const (
	forNothing waiting = iota
	forPIN
	forHost
)

// door returns a door by its number, nil when there is none.
func (p *Panel) door(n uint32) *door {
	if n < 1 || n > Doors {
		return nil
	}
	return &p.doors[n-1]
}

// unlocked reports whether the door would open to a push.
func (p *Panel) unlocked(n uint32) bool {
	return p.door(n).mode == ModeUnlocked || p.timing(relockTimer, n)
}

// AtRest reports whether a door is closed and locked again and nobody waits at its reader: it
// will raise nothing more by itself.
func (p *Panel) AtRest(n uint32) bool {
	d := p.door(n)
	return d == nil || !d.open.active && d.waiting == forNothing && !p.timing(relockTimer, n)
}

// OpenDoor is a person who pushes the door: it opens when it is unlocked.
func (p *Panel) OpenDoor(n uint32) {
	if d := p.door(n); d != nil && p.unlocked(n) {
		d.open.active = true
		p.senseDoor(n, false)
	}
}

// ForceDoor opens the door, locked or not.
func (p *Panel) ForceDoor(n uint32) {
	if d := p.door(n); d != nil {
		leave := p.unlocked(n)
		d.open.active = true
		p.senseDoor(n, !leave)
	}
}

// CloseDoor closes the door.
func (p *Panel) CloseDoor(n uint32) {
	if d := p.door(n); d != nil {
		d.open.active = false
		p.senseDoor(n, false)
	}
}

// PressExit is the exit button: it lets go of the strike, where the door is not locked for everybody.
func (p *Panel) PressExit(n uint32) {
	d := p.door(n)
	if d == nil || !p.up {
		return
	}
	p.log(Entry{Kind: scp.ExitRequest, Number: uint16(n)})
	if d.mode != ModeLocked {
		p.release(n)
	}
}

// release lets go of the strike for its time.
func (p *Panel) release(n uint32) {
	p.moves++
	p.setTimer(relockTimer, n, StrikeTime)
}

// senseDoor logs what the door contact says, and what follows from it.
func (p *Panel) senseDoor(n uint32, forced bool) {
	d := p.door(n)
	if !p.up || !d.open.news() {
		return
	}
	p.log(Entry{Kind: scp.DoorPosition, Number: uint16(n), Active: d.open.active})
	p.stopTimer(relockTimer, n)
	switch {
	case !d.open.active:
		p.stopTimer(heldTimer, n)
		p.endAlarms(n)
	case forced:
		p.alarm(n, scp.DoorForced, &d.forced, d.noForced)
	case d.mode != ModeUnlocked:
		p.setTimer(heldTimer, n, HeldAfter)
	}
}

func (p *Panel) doorHeld(n uint32) {
	d := p.door(n)
	p.alarm(n, scp.DoorHeld, &d.held, d.noHeld)
}

func (p *Panel) alarm(n uint32, kind scp.Kind, active *bool, masked bool) {
	if !masked {
		*active = true
		p.log(Entry{Kind: kind, Number: uint16(n), Active: true})
	}
}

// endAlarms logs that a closed door is neither forced nor held any more.
func (p *Panel) endAlarms(n uint32) {
	d := p.door(n)
	if d.forced {
		p.log(Entry{Kind: scp.DoorForced, Number: uint16(n)})
	}
	if d.held {
		p.log(Entry{Kind: scp.DoorHeld, Number: uint16(n)})
	}
	d.forced, d.held = false, false
}
