package command

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// receive hands on what Redis says until the connection ends.
func (s *Subscription) receive(ctx context.Context, l *link, commands Commands) error {
	for {
		reply, err := l.receive(ctx)
		if err != nil {
			return err
		}
		switch reply := reply.(type) {
		case *redis.Message:
			s.deliver(commands, reply, l.age.bornAfter())
		case *redis.Subscription:
			s.confirm(commands, reply.Channel)
		case *redis.Pong:
			if l.age.pong(reply.Payload) && !s.counts.up.Load() {
				s.works()
			}
		}
	}
}

// deliver reads one message.
func (s *Subscription) deliver(commands Commands, m *redis.Message, bornAfter time.Time) {
	serial, ok := s.serial(m.Channel)
	if !ok {
		return
	}
	now := time.Now()
	c, id, err := s.gate.Read(now, commands.AppTime(now), serial, []byte(m.Payload))
	switch {
	case err == nil:
		s.counts.commands.Add(1)
		commands.Command(now, serial, c, bornAfter)
	case errors.Is(err, errShut):
	case id != "":
		s.counts.malformed.Add(1)
		commands.Malformed(now, serial, id, err.Error())
	default:
		s.complain(now, serial, len(m.Payload), err)
	}
}

// complain counts a payload that nobody can be answered for, and logs one a second of them.
func (s *Subscription) complain(now time.Time, serial uint64, bytes int, err error) {
	total := s.counts.undecodable.Add(1)
	if now.Sub(s.complained) < time.Second {
		return
	}
	s.complained = now
	s.log.Warn("a payload in Redis can't be decoded, dropped",
		"controller", serial, "bytes", bytes, "total", total, "err", err)
}

func (s *Subscription) confirm(commands Commands, channel string) {
	serial, ok := s.serial(channel)
	if !ok {
		return
	}
	s.mu.Lock()
	ready := s.channels.confirm(serial)
	s.mu.Unlock()
	if ready {
		commands.CommandsReady(time.Now(), serial, true)
	}
}

// serial is the controller of a channel of ours.
func (s *Subscription) serial(channel string) (uint64, bool) {
	decimal, ours := strings.CutPrefix(channel, s.prefix)
	serial, err := strconv.ParseUint(decimal, 10, 64)
	return serial, ours && err == nil
}

// works notes that a new connection answers.
func (s *Subscription) works() {
	s.counts.connections.Add(1)
	s.counts.up.Store(true)
	s.log.Info("commands are heard from Redis", "dur", s.outage.ends(time.Now()))
}

// lost tells every controller that was heard that it is not any more.
func (s *Subscription) lost(commands Commands) {
	s.counts.up.Store(false)
	s.mu.Lock()
	were := s.channels.cut()
	s.mu.Unlock()
	now := time.Now()
	for _, serial := range were {
		commands.CommandsReady(now, serial, false)
	}
}

// SubscriptionStats is a picture of a Subscription.
type SubscriptionStats struct {
	Up          bool   // Redis answers
	Reconnects  uint64 // connections that worked, after the first
	Subscribed  int    // controllers whose commands are heard
	Pending     int    // controllers whose subscription is not confirmed
	Commands    uint64 // decoded and handed on
	Malformed   uint64 // only their id could be read
	Undecodable uint64 // not even that
}

type subscriptionCounts struct {
	up                                            atomic.Bool
	connections, commands, malformed, undecodable atomic.Uint64
}

// Stats may be called at any time.
func (s *Subscription) Stats() SubscriptionStats {
	s.mu.Lock()
	subscribed, pending := s.channels.count()
	s.mu.Unlock()
	c := &s.counts
	return SubscriptionStats{
		Up: c.up.Load(), Reconnects: max(c.connections.Load(), 1) - 1,
		Subscribed: subscribed, Pending: pending,
		Commands: c.commands.Load(), Malformed: c.malformed.Load(), Undecodable: c.undecodable.Load(),
	}
}
