package world

import (
	"fmt"
	"slices"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/scripts/simulate/oracle"
	"mercury-driver/sim/libmpl/core"
	wire "mercury-driver/sim/link"
	"mercury-driver/sim/panel"
)

// link is one link of a panel, with the panel's end of the protocol. Its bytes come in pieces of any size.
type link struct {
	site   *site
	driver *driver
	conn   *conn
	lib    *core.Link

	heard    time.Duration // when the last frame came
	silence  time.Duration // without one for so long it is dead
	welcome  bool
	owes     bool   // an answer to a poll
	got      []byte // a part of a frame
	gotByLib []byte

	heardByLib time.Duration // when the last frame came there
	deaf       bool          // the panel answers polls, and leaves commands in its buffer
	unread     []unread      // those
}

const (
	patience = 10 * time.Second // for the welcome
	upRoom   = 1 << 10          // bytes that a panel lets be under way
	downRoom = 4 << 10
)

// attach dials a driver; false: it was not let in.
func (s *site) attach(d *driver) bool {
	w := s.world
	l := &link{site: s, driver: d, heard: w.now, silence: patience}
	l.conn = w.connect("link", nil, d.host, &w.mood.link)
	l.conn.up.take = func(m any) { l.library(m.([]byte)) }
	l.conn.up.ended = func() { l.lib.Lost("closed by the controller") }
	l.conn.down.take = func(m any) { l.take(m.([]byte)) }
	l.conn.down.ended = l.lost
	var err error
	if l.lib, err = d.library.Attach(channel, "192.0.2.1:1", "", l); err != nil {
		return false
	}
	s.link = l
	w.links = append(slices.DeleteFunc(w.links, func(l *link) bool { return l.conn.over() }), l)
	id := s.panel.Identity()
	s.panel.LinkUp()
	l.send(wire.AppendHello(nil, s.panel.Clock().UnixNano(), &id))
	l.watch()
	return true
}

// watch ends a link that is silent for too long.
func (l *link) watch() {
	s := l.site
	if s.link != l {
		return
	}
	left := l.heard + l.silence - s.world.now
	if left <= 0 {
		s.hangUp()
		s.dialLater()
		return
	}
	s.world.after(left, nil, "watch link", l.watch)
}

// hangUp ends the panel's link from its side.
func (s *site) hangUp() {
	if l := s.link; l != nil {
		s.link = nil
		s.panel.LinkDown()
		l.conn.close(l.conn.up, false)
	}
}

// lost is the end of the link as the panel sees it.
func (l *link) lost() {
	if l.site.link == l {
		l.site.hangUp()
		l.site.dialLater()
	}
}

// desert makes the panel forget its link and dial another process: nobody tells the library.
func (s *site) desert() {
	l := s.link
	if l == nil {
		return
	}
	s.link = nil
	s.panel.LinkDown()
	l.conn.down.ended = nil
	l.conn.down.shut()
	l.conn.up.hold(true)
	s.dial()
}

// Send implements core.Wire.
func (l *link) Send(frames []byte) bool {
	if size(l.conn.down) > downRoom {
		return false
	}
	l.pieces(l.conn.down, frames)
	return true
}

// Abort implements core.Wire.
func (l *link) Abort() { l.conn.close(l.conn.down, true) }

func (l *link) send(frames []byte) { l.pieces(l.conn.up, frames) }

// pieces puts bytes on the way, at times in two pieces.
func (l *link) pieces(to *lane, b []byte) {
	b = slices.Clone(b)
	if l.site.world.chance(0.1) {
		at := l.site.world.intN(len(b))
		to.send(b[:at:at])
		b = b[at:]
	}
	to.send(b)
}

func size(l *lane) (bytes int) {
	for _, p := range l.under {
		if b, ok := p.m.([]byte); ok {
			bytes += len(b)
		}
	}
	return bytes
}

// library hands the library what arrived there.
func (l *link) library(b []byte) {
	l.gotByLib = append(l.gotByLib, b...)
	n, err := l.lib.Take(l.gotByLib)
	if n > 0 {
		l.heardByLib = l.site.world.now
	}
	if l.gotByLib = l.gotByLib[n:]; err == core.ErrFull {
		l.driver.world.oracle.Fault("%s: the library's queue is full", l.driver.instance)
	}
	l.driver.events.wake.soon()
	l.say()
}

// take acts on what arrived at the panel.
func (l *link) take(b []byte) {
	l.got = append(l.got, b...)
	var f wire.Frame
	for l.site.link == l {
		n, err := wire.Decode(l.got, &f)
		switch {
		case err != nil:
			l.site.world.oracle.Fault("panel %d: %v", l.site.serial, err)
			return
		case n == 0:
			return
		}
		l.step(&f)
		l.got = l.got[n:]
	}
}

func (l *link) step(f *wire.Frame) {
	s := l.site
	l.heard = s.world.now
	switch f.Type {
	case wire.Welcome:
		l.welcome, l.silence = true, wire.Silence(f.PollEvery)
		s.pause = 0
	case wire.Poll:
		l.owes = true
		l.say()
	case wire.Command:
		l.execute(f)
	}
}

func (l *link) execute(f *wire.Frame) {
	s := l.site
	c, err := scp.ParseCommand(string(f.Line))
	if err != nil {
		s.world.oracle.Fault("panel %d: %v", s.serial, err)
		return
	}
	if l.deaf {
		l.unread = append(l.unread, unread{f.Tag, c})
		return
	}
	l.carryOut(f.Tag, c)
}

func (l *link) carryOut(tag uint32, c scp.Command) {
	s := l.site
	if s.world.trace != nil {
		s.world.tell(fmt.Sprint(s.serial), "  executes "+c.String())
	}
	s.act(func(p *panel.Panel) { p.Mishandle(tag, c, s.world.mishap()) })
}

// say sends what the panel has to say, as far as there is room. A panel that went down hangs up behind it.
func (l *link) say() {
	s := l.site
	if s.link != l {
		return
	}
	var b []byte
	if l.owes {
		l.owes = false
		b = wire.AppendAnswer(b)
	}
	for size(l.conn.up)+len(b) < upRoom {
		m, ok := s.panel.Next()
		if !ok {
			break
		}
		if s.world.settings.caps.ReportUpTo && m.Index > 0 {
			s.world.oracle.Reported(oracle.Name{Serial: s.serial, Epoch: m.LogEpoch, Index: m.Index}, s.world.settings.window)
		}
		b = wire.AppendMessage(b, &m)
	}
	if len(b) > 0 {
		l.send(b)
	}
	if !s.panel.Up() {
		s.hangUp()
		s.dialLater()
	}
}
