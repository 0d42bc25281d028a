package core

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// GetMessage takes one message of a channel; false: there is none. It does not block. Numbers are given
// out and taken back here alone: so a number is used again only by a call after the one that returned
// its CommOffline, and no command for the controller before can reach the next.
func (lib *Library) GetMessage(channel int16, m *scp.Message) bool {
	if !lib.taking.CompareAndSwap(false, true) {
		lib.breach("two threads take messages")
		return false
	}
	defer lib.taking.Store(false)
	c := lib.channel(channel)
	if c == nil {
		return false
	}
	l := c.queue.pop(m)
	if l == nil {
		return false
	}
	switch m.Kind {
	case scp.CommOnline:
		lib.number(l)
	case scp.CommOffline:
		lib.release(l)
	}
	m.SCP, m.Attachment = l.scp, l.attachment
	return true
}

// Wait blocks until GetMessage may have something; false: the time is over. The thread of GetMessage
// calls it.
func (lib *Library) Wait(channel int16, timeout time.Duration) bool {
	if !lib.taking.CompareAndSwap(false, true) {
		lib.breach("two threads take messages")
		return false
	}
	defer lib.taking.Store(false)
	c := lib.channel(channel)
	return c != nil && c.queue.wait(timeout)
}

func (lib *Library) number(l *Link) {
	l.scp = lib.numbers.take()
	s := &lib.slots[l.scp]
	s.attachment++
	l.attachment = s.attachment
	s.tag.Store(0)
	s.link.Store(l)
}

func (lib *Library) release(l *Link) {
	lib.slots[l.scp].link.Store(nil)
	lib.numbers.give(l.scp)
	lib.links.Add(-1)
}
