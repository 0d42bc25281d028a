package command

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// receive hands on what Redis says until the connection ends.
func (s *subscription) receive(ctx context.Context, l *link, told listener) error {
	for {
		reply, err := l.receive(ctx)
		if err != nil {
			return err
		}
		switch reply := reply.(type) {
		case *redis.Message:
			s.deliver(told, reply, l.age.bornAfter())
		case *redis.Subscription:
			if err := s.confirm(told, reply); err != nil {
				return err
			}
		case *redis.Pong:
			if l.age.pong(reply.Payload) && !s.counts.up.Load() {
				s.works()
			}
		}
	}
}

// deliver hands on one message.
func (s *subscription) deliver(told listener, m *redis.Message, bornAfter time.Time) {
	if serial, ours := s.names.serial(m.Channel); ours {
		told.published(time.Now(), serial, m.Payload, bornAfter)
	}
}

// errMoved ends a connection on which a shard dropped a channel of its own accord: Sharded finds the new one.
var errMoved = errors.New("a slot was moved to another shard")

func (s *subscription) confirm(told listener, reply *redis.Subscription) error {
	serial, ours := s.names.serial(reply.Channel)
	if !ours {
		return nil
	}
	s.mu.Lock()
	dropped := reply.Kind == "sunsubscribe" && s.channels.heard(serial)
	ready := s.channels.confirm(serial)
	s.mu.Unlock()
	switch {
	case dropped:
		return errMoved
	case ready:
		told.listening(time.Now(), serial, true)
	}
	return nil
}

// works notes that a new connection answers.
func (s *subscription) works() {
	s.counts.connections.Add(1)
	s.counts.up.Store(true)
	s.log.Info(s.what+"s are heard from Redis", "addr", s.options.Addr, "dur", s.outage.ends(time.Now()))
}

// lost tells every controller that was heard that it is not any more.
func (s *subscription) lost(told listener) {
	s.counts.up.Store(false)
	s.mu.Lock()
	were := s.channels.cut()
	s.mu.Unlock()
	now := time.Now()
	for _, serial := range were {
		told.listening(now, serial, false)
	}
}

type subscriptionCounts struct {
	up          atomic.Bool
	connections atomic.Uint64 // that worked
}

// stats is the numbers of the connection.
func (s *subscription) stats() Stats {
	s.mu.Lock()
	subscribed, pending := s.channels.count()
	s.mu.Unlock()
	return Stats{
		Up: s.counts.up.Load(), Reconnects: max(s.counts.connections.Load(), 1) - 1,
		Subscribed: subscribed, Pending: pending,
	}
}
