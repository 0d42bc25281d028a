package command

import (
	"errors"
	"time"
)

// Hearing is the protocol of one connection to Redis for messages, from its dialling to its first fault: what it is to
// be told, and what follows from what it says. It is pure: it is stepped with a given time, holds no goroutine, reads
// no clock and knows no socket. Run is the other half, which carries the bytes.
//
// One goroutine calls Tell and Ping, another one Message, Confirmed, Pong and Deadline; Lost comes after all of
// them.
type Hearing struct {
	*subscription
	told listener
	age  *age
}

// open begins the protocol of a new connection at the moment it is dialled. One may be open at a time; Lost
// ends it.
func (s *subscription) open(now time.Time, told listener) *Hearing {
	return &Hearing{s, told, newAge(now)}
}

// Tell is the channels that Redis has to be told of now; the caller sends them, the unsubscriptions first.
func (h *Hearing) Tell() (subscribe, unsubscribe []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	wanted, unwanted := h.channels.take()
	return h.names.all(wanted), h.names.all(unwanted)
}

// Ping is the payload of the next ping, which is due each second, the first behind the first Tell. It is called
// before the ping is written.
func (h *Hearing) Ping(now time.Time) (payload string) { return h.age.ping(now) }

// Deadline is until when Redis must have answered a ping; it moves. Pings are due every second, so the proven age of
// what is read is also the time since the connection was known to work.
func (h *Hearing) Deadline() time.Time { return h.age.bornAfter().Add(silenceLimit) }

// Message takes what was published on a channel.
func (h *Hearing) Message(now time.Time, channel, payload string) {
	if serial, ours := h.names.serial(channel); ours {
		h.told.published(now, serial, payload, h.age.bornAfter())
	}
}

// errMoved ends a connection on which a shard dropped a channel of its own accord: Sharded finds the new one.
var errMoved = errors.New("a slot was moved to another shard")

// Confirmed takes Redis's next answer to a subscription or an unsubscription, of that kind, of a channel. The error
// ends the connection.
func (h *Hearing) Confirmed(now time.Time, kind, channel string) error {
	serial, ours := h.names.serial(channel)
	if !ours {
		return nil
	}
	h.mu.Lock()
	dropped := kind == "sunsubscribe" && h.channels.heard(serial)
	ready := h.channels.confirm(serial)
	h.mu.Unlock()
	switch {
	case dropped:
		return errMoved
	case ready:
		h.told.listening(now, serial, true)
	}
	return nil
}

// Pong takes the answer to a ping. The first one says that the connection works.
func (h *Hearing) Pong(now time.Time, payload string) {
	if !h.age.pong(payload) || h.counts.up.Load() {
		return
	}
	h.counts.connections.Add(1)
	h.counts.up.Store(true)
	h.log.Info(h.what+"s are heard from Redis", "addr", h.options.Addr, "dur", h.outage.ends(now))
}

// Lost ends the protocol: every controller that was heard is told that it is not any more.
func (h *Hearing) Lost(now time.Time) {
	h.counts.up.Store(false)
	h.mu.Lock()
	were := h.channels.cut()
	h.mu.Unlock()
	for _, serial := range were {
		h.told.listening(now, serial, false)
	}
}
