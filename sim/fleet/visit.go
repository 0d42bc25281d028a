package fleet

import (
	"time"

	"mercury-driver/sim/panel"
)

// visit is a small story at one door, or at the points that belong to it: a few acts, one after the
// other.
type visit struct {
	// usual and most are how many transactions it raises, usually and at most, whatever modes and
	// masks a host may have set.
	usual, most int
	lasts       time.Duration // at most, where no hurry shortens it; 0: a hurry does
	acts        func(l *life, door uint32) []act
}

// act is something that a person or a thing does, so long after the visit began.
type act struct {
	after time.Duration
	do    func(p *panel.Panel)
}

// badge: somebody with access comes in.
var badge = visit{usual: 3, most: 4, acts: func(l *life, door uint32) []act {
	return l.walkThrough(door, 0, l.between(4500, 8000))
}}

// duress: somebody is made to come in.
var duress = visit{usual: 3, most: 4, acts: func(l *life, door uint32) []act {
	return l.walkThrough(door, 1, l.between(4500, 8000))
}}

// held: somebody comes in and props the door open.
var held = visit{usual: 5, most: 6, lasts: panel.HeldAfter + 15*time.Second, acts: func(l *life, door uint32) []act {
	acts := l.walkThrough(door, 0, 0)
	open := acts[len(acts)-2].after
	acts[len(acts)-1].after = open + panel.HeldAfter + l.between(2000, 10_000)
	return acts
}}

// walkThrough is a holder's card, a PIN with its last digit so much higher (the panel takes it only
// where it asks for one), the door opened and closed.
func (l *life) walkThrough(door, pinOff uint32, closed time.Duration) []act {
	who := l.holder(door, true)
	pin := who.pin - who.pin%10 + (who.pin%10+pinOff)%10
	return l.paced([]act{
		{0, func(p *panel.Panel) { p.Swipe(door, who.card) }},
		{l.between(1000, 2000), func(p *panel.Panel) { p.EnterPIN(door, pin) }},
		{l.between(2500, 3500), func(p *panel.Panel) { p.OpenDoor(door) }},
		{closed, func(p *panel.Panel) { p.CloseDoor(door) }},
	})
}

// exit: somebody leaves.
var exit = visit{usual: 3, most: 3, acts: func(l *life, door uint32) []act {
	return l.paced([]act{
		{0, func(p *panel.Panel) { p.PressExit(door) }},
		{l.between(700, 1500), func(p *panel.Panel) { p.OpenDoor(door) }},
		{l.between(2500, 5000), func(p *panel.Panel) { p.CloseDoor(door) }},
	})
}}

// stranger: a card that the panel does not know.
var stranger = visit{usual: 1, most: 2, acts: func(l *life, door uint32) []act {
	card := firstStranger + l.rng.Uint64N(100)
	return []act{{0, func(p *panel.Panel) { p.Swipe(door, card) }}}
}}

// turnedAway: a card that does not open this door, or no door any more.
var turnedAway = visit{usual: 1, most: 2, acts: func(l *life, door uint32) []act {
	who := l.holder(door, false)
	return []act{{0, func(p *panel.Panel) { p.Swipe(door, who.card) }}}
}}

// wrongPIN: a finger slips. Where no PIN is asked for, that changes nothing.
var wrongPIN = visit{usual: 3, most: 4, acts: func(l *life, door uint32) []act {
	return l.walkThrough(door, 5, l.between(4500, 8000))
}}

// forced: a door is broken open.
var forced = visit{usual: 4, most: 4, acts: func(l *life, door uint32) []act {
	return l.paced([]act{
		{0, func(p *panel.Panel) { p.ForceDoor(door) }},
		{l.between(3000, 9000), func(p *panel.Panel) { p.CloseDoor(door) }},
	})
}}

// inputAlarm: one of the two inputs next to the door goes off, or its line is cut.
var inputAlarm = visit{usual: 2, most: 2, acts: func(l *life, door uint32) []act {
	input := 2*door - l.rng.Uint32N(2)
	state := panel.InputActive + l.rng.Int32N(2)
	return l.paced([]act{
		{0, func(p *panel.Panel) { p.SetInput(input, state) }},
		{l.between(1000, 6000), func(p *panel.Panel) { p.SetInput(input, panel.InputSecure) }},
	})
}}

// cabinet: a cabinet is opened and closed.
var cabinet = visit{usual: 2, most: 2, acts: func(l *life, door uint32) []act {
	module := (door - 1) % (panel.Modules + 1)
	return l.paced([]act{
		{0, func(p *panel.Panel) { p.Tamper(module, true) }},
		{l.between(3000, 9000), func(p *panel.Panel) { p.Tamper(module, false) }},
	})
}}

// moduleLost: a module's cable is loose for a while.
var moduleLost = visit{usual: 2, most: 2, acts: func(l *life, door uint32) []act {
	module := (door-1)%panel.Modules + 1
	return l.paced([]act{
		{0, func(p *panel.Panel) { p.LoseModule(module) }},
		{l.between(2000, 9000), func(p *panel.Panel) { p.RestoreModule(module) }},
	})
}}

// mainsLost: a fuse.
var mainsLost = visit{usual: 2, most: 2, acts: func(l *life, _ uint32) []act {
	return l.paced([]act{
		{0, (*panel.Panel).CutMains},
		{l.between(3000, 9000), (*panel.Panel).RestoreMains},
	})
}}

// lastOne raises one transaction, whatever modes and masks are set: it makes an exact number exact.
var lastOne = visit{usual: 1, most: 1, acts: func(l *life, _ uint32) []act {
	l.lidOpen = !l.lidOpen
	open := l.lidOpen
	return []act{{0, func(p *panel.Panel) { p.Tamper(0, open) }}}
}}

// holder picks somebody who may, or may not, pass a door now.
func (l *life) holder(door uint32, may bool) person {
	for {
		who := people[l.rng.IntN(len(people))]
		if (who.doors>>(door-1)&1 == 1 && who.until == 0) == may {
			return who
		}
	}
}
