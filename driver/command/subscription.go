package command

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/report"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// Commands is told what Redis says, by the goroutine of Run. *controller.Table is one.
type Commands interface {
	// Command is a command published for the controller, after bornAfter.
	Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time)
	// Malformed is a payload of which only the id could be read.
	Malformed(now time.Time, serial uint64, id, reason string)
	// CommandsReady says that Redis confirmed the subscription, or that the connection was lost.
	CommandsReady(now time.Time, serial uint64, ready bool)
	// AppTime is what the vendor app's wall clock shows now.
	AppTime(now time.Time) time.Time
}

// Subscription hears the commands of all leased controllers on one connection; a controller's channel is
// prefix + decimal serial. While Redis can't be reached it tries again and again, and nothing is ready.
type Subscription struct {
	options *redis.Options
	prefix  string
	gate    *Gate
	log     *slog.Logger
	counts  subscriptionCounts

	mu       sync.Mutex
	quit     bool
	channels channels
	changed  chan struct{} // holds one element while channels has something to send

	// Of the goroutine of Run.
	outage     outage
	complained time.Time // when an undecodable payload was logged last
}

// NewSubscription prepares a subscription; Run does the work.
func NewSubscription(options *redis.Options, prefix string, gate *Gate, log *slog.Logger) *Subscription {
	return &Subscription{
		options: options, prefix: prefix, gate: gate, log: log,
		channels: channels{of: make(map[uint64]*channel)},
		changed:  make(chan struct{}, 1),
	}
}

// Subscribe asks for a controller's commands. Each call before Quit is answered by Commands.CommandsReady, when
// Redis has confirmed it. It never blocks.
func (s *Subscription) Subscribe(serial uint64) {
	s.change(func(c *channels) {
		if !s.quit {
			c.want(serial, true)
		}
	})
}

// Unsubscribe ends it; a message that was under way may still come. It never blocks.
func (s *Subscription) Unsubscribe(serial uint64) {
	s.change(func(c *channels) { c.want(serial, false) })
}

// Quit ends all subscriptions, those to come too. Silent tells when Redis has done so. It never blocks.
func (s *Subscription) Quit() {
	s.change(func(c *channels) {
		s.quit = true
		c.wantNone()
	})
}

// Silent reports whether nothing is wanted of Redis, and Redis knows: no command comes any more, and who publishes
// one learns that nobody heard it. Where Redis is away that is so too.
func (s *Subscription) Silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.channels.of) == 0
}

func (s *Subscription) change(wish func(*channels)) {
	s.mu.Lock()
	wish(&s.channels)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Run keeps a connection until ctx ends; then it returns nil.
func (s *Subscription) Run(ctx context.Context, commands Commands) error {
	for ctx.Err() == nil {
		err := explain(s.serve(ctx, commands), s.options, mayHear, s.prefix)
		s.lost(commands)
		if ctx.Err() == nil && s.outage.fails(time.Now(), err) {
			s.log.Warn("no connection to Redis, so no command is heard; trying again", "addr", s.options.Addr, "err", err)
		}
		s.outage.pause(ctx)
	}
	return nil
}

// serve runs one connection until its first fault, or until ctx ends. The first ping goes out behind the
// first subscriptions, so that its answer means that they were not refused.
func (s *Subscription) serve(ctx context.Context, commands Commands) error {
	l := newLink(ctx, s.options, time.Now())
	defer l.close()
	if err := s.tell(ctx, l); err != nil {
		return err
	}
	if err := l.ping(ctx); err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer context.AfterFunc(ctx, l.close)()
	var sending sync.WaitGroup
	sending.Go(func() { end(report.Guard("subscription", func() error { return s.send(ctx, l) })()) })
	end(s.receive(ctx, l, commands))
	sending.Wait()
	return context.Cause(ctx)
}

// send writes what is wanted whenever that changes, and a ping each second.
func (s *Subscription) send(ctx context.Context, l *link) (err error) {
	pings := time.NewTicker(pingEvery)
	defer pings.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.changed:
			err = s.tell(ctx, l)
		case <-pings.C:
			err = l.ping(ctx)
		}
	}
	return err
}

// tell sends what is pending for all channels, together.
func (s *Subscription) tell(ctx context.Context, l *link) error {
	s.mu.Lock()
	subscribe, unsubscribe := s.channels.take()
	s.mu.Unlock()
	return l.send(ctx, s.names(subscribe), s.names(unsubscribe))
}

// names returns the channels of these serials.
func (s *Subscription) names(serials []uint64) []string {
	names := make([]string, len(serials))
	for i, serial := range serials {
		names[i] = s.prefix + strconv.FormatUint(serial, 10)
	}
	return names
}
