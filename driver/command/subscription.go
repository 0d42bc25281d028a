package command

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/report"
	"mercury-driver/driver/thread"
)

// listener is told what one connection for messages brings, by the goroutine of run.
type listener interface {
	// published is a message on a controller's channel, sent after bornAfter.
	published(now time.Time, serial uint64, payload string, bornAfter time.Time)
	// listening says that Redis confirmed a channel, or that the connection was lost.
	listening(now time.Time, serial uint64, heard bool)
}

// subscription hears the channels of controllers on one connection. While Redis can't be reached it tries again
// and again, and nothing is heard.
type subscription struct {
	options *redis.Options
	names   names
	what    string // of which one or more is heard, for the log
	sharded bool   // the channels are those of a shard of a Redis Cluster
	rights  string // that this needs
	log     *slog.Logger
	counts  subscriptionCounts

	mu       sync.Mutex
	quit     bool
	channels channels
	changed  chan struct{} // holds one element while channels has something to send

	outage outage // of the goroutine of run
}

type subscriptionCounts struct {
	up          atomic.Bool
	connections atomic.Uint64 // that worked
}

func newSubscription(options *redis.Options, names names, what string, log *slog.Logger) *subscription {
	return &subscription{
		options: options, names: names, what: what, rights: mayHear, log: log,
		channels: channels{of: make(map[uint64]*channel)},
		changed:  make(chan struct{}, 1),
	}
}

// Subscribe asks for a controller's channel. Each call before Quit is answered by listener.listening, when
// Redis has confirmed it. It never blocks.
func (s *subscription) Subscribe(serial uint64) {
	s.change(func(c *channels) {
		if !s.quit {
			c.want(serial, true)
		}
	})
}

// Unsubscribe ends it; a message that was under way may still come. It never blocks.
func (s *subscription) Unsubscribe(serial uint64) {
	s.change(func(c *channels) { c.want(serial, false) })
}

// Quit ends all subscriptions, those to come too. Silent tells when Redis has done so. It never blocks.
func (s *subscription) Quit() {
	s.change(func(c *channels) {
		s.quit = true
		c.wantNone()
	})
}

// Silent reports whether nothing is wanted of Redis, and Redis knows: no command comes any more, and who publishes
// one learns that nobody heard it. Where Redis is away that is so too.
func (s *subscription) Silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.channels.of) == 0
}

func (s *subscription) change(wish func(*channels)) {
	s.mu.Lock()
	wish(&s.channels)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// run keeps a connection until ctx ends; then it returns nil.
func (s *subscription) run(ctx context.Context, told listener) error {
	for ctx.Err() == nil {
		h := s.open(time.Now(), told)
		err := explain(s.serve(ctx, h), s.options, s.rights, s.names.before)
		h.Lost(time.Now())
		if ctx.Err() == nil && s.outage.fails(time.Now(), err) {
			s.log.Warn("no connection to Redis, so no "+s.what+" is heard; trying again", "addr", s.options.Addr, "err", err)
		}
		s.outage.pause(ctx)
	}
	return nil
}

// serve runs one connection until its first fault, or until ctx ends. The first ping goes out behind the
// first subscriptions, so that its answer means that they were not refused.
func (s *subscription) serve(ctx context.Context, h *Hearing) error {
	l := newLink(ctx, s.options, s.sharded)
	defer l.close()
	if err := l.send(ctx, h); err != nil {
		return err
	}
	if err := l.ping(ctx, h); err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer context.AfterFunc(ctx, l.close)()
	var sending sync.WaitGroup
	sending.Go(func() { end(report.Guard("subscription", func() error { return s.send(ctx, l, h) })()) })
	end(receive(ctx, l, h))
	sending.Wait()
	return context.Cause(ctx)
}

// send writes what is wanted whenever that changes, and a ping each second.
func (s *subscription) send(ctx context.Context, l *link, h *Hearing) (err error) {
	pings := time.NewTimer(thread.Together(pingEvery))
	defer pings.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.changed:
			err = l.send(ctx, h)
		case <-pings.C:
			err = l.ping(ctx, h)
			pings.Reset(thread.Together(pingEvery))
		}
	}
	return err
}

// receive hands on what Redis says until the connection ends.
func receive(ctx context.Context, l *link, h *Hearing) error {
	for {
		reply, err := l.receive(ctx, h.Deadline())
		if err != nil {
			return err
		}
		switch now := time.Now(); reply := reply.(type) {
		case *redis.Message:
			h.Message(now, reply.Channel, reply.Payload)
		case *redis.Subscription:
			if err := h.Confirmed(now, reply.Kind, reply.Channel); err != nil {
				return err
			}
		case *redis.Pong:
			h.Pong(now, reply.Payload)
		}
	}
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
