package world

import (
	"slices"
	"time"
)

// lane is one direction of a connection: what is put in comes out at the other end in the same order, late, or
// never.
type lane struct {
	world *World
	what  string
	to    *host          // nil: a panel
	slow  *time.Duration // what it takes at most, now
	take  func(m any)
	ended func() // the other end sees the connection's end; nil when it did

	under   []packet // way
	arrives bool     // an event for the first of them is entered
	held    bool     // half-open: nothing arrives
	closing bool     // nothing is put in any more
}

type packet struct {
	at time.Duration
	m  any
}

// end is what a lane carries last.
type end struct{}

func (l *lane) send(m any) {
	if l.closing {
		return
	}
	l.put(m)
}

func (l *lane) put(m any) {
	at := l.world.now + l.world.latency(*l.slow)
	if last := len(l.under) - 1; last >= 0 {
		at = max(at, l.under[last].at)
	}
	l.under = append(l.under, packet{at, m})
	l.arm()
}

func (l *lane) arm() {
	if l.arrives || l.held || len(l.under) == 0 {
		return
	}
	l.arrives = true
	l.world.after(l.under[0].at-l.world.now, l.to, l.what, l.arrive)
}

func (l *lane) arrive() {
	l.arrives = false
	if l.held || len(l.under) == 0 {
		return
	}
	if l.under[0].at > l.world.now { // what stood here was thrown away meanwhile
		l.arm()
		return
	}
	m := l.under[0].m
	l.under = l.under[1:]
	if _, last := m.(end); last {
		l.see()
		return
	}
	l.take(m)
	l.arm()
}

// see lets the receiver see the end.
func (l *lane) see() {
	l.shut()
	if ended := l.ended; ended != nil {
		l.ended = nil
		ended()
	}
}

// shut throws away what is under way, and takes nothing more.
func (l *lane) shut() { l.closing, l.under = true, nil }

// last lets the lane end behind the first n that are under way.
func (l *lane) last(n int) {
	if l.closing {
		return
	}
	l.closing = true
	l.under = slices.Clone(l.under[:n])
	l.put(end{})
}

func (l *lane) hold(held bool) {
	l.held = held
	l.arm()
}

// conn is a connection: up is the lane from who dialled it.
type conn struct{ up, down *lane }

// connect makes a connection between two hosts, of which a panel is nil.
func (w *World) connect(what string, from, to *host, slow *time.Duration) *conn {
	c := &conn{
		up:   &lane{world: w, what: what + " up", to: to, slow: slow},
		down: &lane{world: w, what: what + " down", to: from, slow: slow},
	}
	for _, h := range []*host{from, to} {
		if h != nil {
			h.conns = append(slices.DeleteFunc(h.conns, (*conn).over), c)
		}
	}
	return c
}

// over reports whether both ends have seen the end.
func (c *conn) over() bool { return c.up.ended == nil && c.down.ended == nil }

// cut breaks the connection on its way: some of what is under way still arrives, but nothing of what is held, and
// each end sees it in its own time, if it is not held.
func (c *conn) cut() {
	for _, l := range []*lane{c.up, c.down} {
		n := l.world.intN(len(l.under) + 1)
		if l.held {
			n = 0
		}
		l.last(n)
	}
}

// close ends the connection from the end that sends on mine: what it sent still arrives there; with abort it
// does not.
func (c *conn) close(mine *lane, abort bool) {
	other := c.up
	if mine == c.up {
		other = c.down
	}
	other.ended = nil
	other.shut()
	n := len(mine.under)
	if abort {
		n = 0
	}
	mine.last(n)
}

// deserted is a connection one host of which died.
func (c *conn) deserted(h *host, silently bool) {
	mine := c.up
	if c.up.to == h {
		mine = c.down
	}
	c.close(mine, true)
	if silently {
		mine.hold(true)
	}
}

// hold lets nothing arrive in the given directions, until both are let go.
func (c *conn) hold(up, down bool) {
	c.up.hold(up)
	c.down.hold(down)
}
