package panel

import (
	"math"
	"time"

	"mercury-driver/cvendor/scp"
)

// report is what the panel has to say over its present link. It ends with the link.
type report struct {
	up        bool
	pending   []pending // commands, the oldest first; nil when there are none
	replies   []reply   // they go before transactions; nil when there are none
	reporting bool
	next      uint64 // index that is reported next
	bound     uint64 // and the last one that may be
	base      uint64 // the host has everything up to here: acknowledged, or skipped by a rewind
	ahead     uint64 // most entries ever sent beyond base
	noticed   bool   // the near-full notice was given, for this filling
}

// reply is a message that is held back until its time.
type reply struct {
	at time.Time
	scp.Message
}

// LinkUp begins a link: the panel told who it is, and reports nothing until it is told to.
func (p *Panel) LinkUp() {
	p.link = report{up: true, next: p.events.acknowledged + 1, bound: math.MaxUint64,
		base: p.events.acknowledged, ahead: p.link.ahead}
}

// LinkDown ends the link; what was not taken with Next is not said any more, but for the log.
func (p *Panel) LinkDown() { p.link = report{ahead: p.link.ahead} }

// Next takes what the panel sends next: replies in the order of their commands, then a near-full
// notice, then transactions as far as it was told to report. What is in a reply is so when it is
// sent: no transaction from before a rewind or a pause follows their reply. False: nothing now.
func (p *Panel) Next() (scp.Message, bool) {
	l := &p.link
	switch {
	case len(l.replies) > 0:
		return p.nextReply()
	case !l.up || !l.reporting || !p.up:
		return scp.Message{}, false
	case p.events.nearFull() && !l.noticed:
		l.noticed = true
		return p.fill(scp.LogNearFull), true
	}
	if oldest := p.events.oldest(); l.next < oldest {
		l.next, l.base = oldest, max(l.base, oldest-1)
	}
	if l.next > p.events.newest || l.next > l.bound && !p.lies {
		return scp.Message{}, false
	}
	e := p.events.at(l.next)
	l.next++
	l.base = max(l.base, p.events.acknowledged)
	l.ahead = max(l.ahead, e.Index-min(l.base, e.Index))
	return e.message(), true
}

func (p *Panel) nextReply() (scp.Message, bool) {
	l := &p.link
	next := l.replies[0]
	if next.at.After(p.now) {
		return scp.Message{}, false
	}
	if l.replies = l.replies[1:]; len(l.replies) == 0 {
		l.replies = nil
	}
	return next.Message, true
}

// say puts a reply behind those before it, not to be sent for so long.
func (p *Panel) say(m scp.Message, held time.Duration) {
	if p.link.up {
		p.link.replies = append(p.link.replies, reply{p.now.Add(held), m})
	}
}

// fill is how full the log is, as a message of that kind.
func (p *Panel) fill(kind scp.Kind) scp.Message {
	return scp.Message{Kind: kind, Time: p.Clock().UnixNano(), Log: scp.LogFill{
		Capacity: uint32(p.events.capacity), Unread: uint32(p.events.unread()),
		Overwritten: p.events.overwritten}}
}

// Ahead is the most transactions that the panel ever sent beyond what its host had acknowledged, or
// skipped by a rewind. It must never be more than the host's window, unless the panel was too busy for an acknowledgement
// and did the report that came behind it.
func (p *Panel) Ahead() uint64 { return p.link.ahead }
