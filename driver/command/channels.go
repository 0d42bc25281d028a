package command

import (
	"maps"
	"slices"
)

// channels is the state of every serial's channel: what the sessions want, and what Redis has been told
// and has confirmed on the present connection. It has no lock of its own.
type channels struct {
	of      map[uint64]*channel
	pending []uint64 // what Redis has to be told of next, each serial once
}

type channel struct {
	wanted  bool
	pending bool // it stands in channels.pending
	told    bool // the last that was sent for it is SUBSCRIBE
	// Commands sent that Redis has not confirmed. Only the last confirmation counts: one for an earlier
	// SUBSCRIBE says nothing when an UNSUBSCRIBE went out since.
	unconfirmed int
	ready       bool
}

// want notes a wish. A repeated one is sent and confirmed again, so every Subscribe gets its answer.
func (c *channels) want(serial uint64, wanted bool) {
	ch := c.of[serial]
	if ch == nil {
		ch = new(channel)
		c.of[serial] = ch
	}
	ch.wanted, ch.ready = wanted, false
	c.enqueue(serial, ch)
}

// wantNone notes that no channel is wanted any more.
func (c *channels) wantNone() {
	for _, serial := range c.serials() {
		if c.of[serial].wanted {
			c.want(serial, false)
		}
	}
}

func (c *channels) enqueue(serial uint64, ch *channel) {
	if !ch.pending {
		ch.pending = true
		c.pending = append(c.pending, serial)
	}
}

// take returns what is to be sent now, and counts on its being sent.
func (c *channels) take() (subscribe, unsubscribe []uint64) {
	for _, serial := range c.pending {
		ch := c.of[serial]
		ch.pending = false
		switch {
		case ch.wanted:
			subscribe = append(subscribe, serial)
			ch.unconfirmed++
		case ch.told:
			unsubscribe = append(unsubscribe, serial)
			ch.unconfirmed++
		}
		ch.told = ch.wanted
		c.dropIfIdle(serial, ch)
	}
	c.pending = nil
	return subscribe, unsubscribe
}

// confirm notes Redis's next confirmation for a serial, and reports whether its commands are heard from
// now on.
func (c *channels) confirm(serial uint64) (ready bool) {
	ch := c.of[serial]
	if ch == nil || ch.unconfirmed == 0 {
		return false
	}
	ch.unconfirmed--
	ch.ready = ch.wanted && !ch.pending && ch.unconfirmed == 0
	c.dropIfIdle(serial, ch)
	return ch.ready
}

// heard reports whether Redis has confirmed all that it was told of a serial's channel, at last that it is wanted.
func (c *channels) heard(serial uint64) bool {
	ch := c.of[serial]
	return ch != nil && ch.told && ch.unconfirmed == 0
}

// cut forgets what the lost connection knew: everything wanted is to be sent again. It returns the serials
// whose commands were heard until now.
func (c *channels) cut() (were []uint64) {
	c.pending = nil
	for _, serial := range c.serials() {
		ch := c.of[serial]
		if ch.ready {
			were = append(were, serial)
		}
		*ch = channel{wanted: ch.wanted}
		if ch.wanted {
			c.enqueue(serial, ch)
		}
		c.dropIfIdle(serial, ch)
	}
	return were
}

// serials of all channels, in an order, so that the same history tells Redis the same.
func (c *channels) serials() []uint64 { return slices.Sorted(maps.Keys(c.of)) }

func (c *channels) dropIfIdle(serial uint64, ch *channel) {
	if !ch.wanted && !ch.pending && ch.unconfirmed == 0 {
		delete(c.of, serial)
	}
}

// count returns how many are heard, and how many are wanted and not heard yet.
func (c *channels) count() (subscribed, pending int) {
	for _, ch := range c.of {
		switch {
		case ch.ready:
			subscribed++
		case ch.wanted:
			pending++
		}
	}
	return subscribed, pending
}
