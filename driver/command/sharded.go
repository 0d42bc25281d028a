package command

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"mercury-driver/driver/report"
)

// Sharded hears the commands that are published in the shards of a Redis Cluster, from Redis 7 on. A controller's
// channel is prefix + "{" + decimal serial + "}"; it lies in the shard that has its slot, and is followed when that
// moves. What is published while nobody listens is heard by nobody.
type Sharded struct {
	options *redis.Options // of any node
	names   names
	intake  *intake
	log     *slog.Logger

	mu     sync.Mutex
	quit   bool
	at     map[uint64]*shard // where each wanted controller is heard; nil: nowhere yet
	shards map[string]*shard // by the address of the master
	wanted chan struct{}     // holds one element while somebody is to be heard who is not

	outage outage // of the goroutine of Run
}

// shard is the subscription at one master.
type shard struct {
	*subscription
	end context.CancelFunc
}

// surveyEvery is how often the cluster is asked for its shards.
const surveyEvery = time.Second

// NewSharded prepares a Sharded; Run does the work.
func NewSharded(options *redis.Options, prefix string, gate *Gate, log *slog.Logger) *Sharded {
	return &Sharded{
		options: options, names: names{prefix + "{", "}"}, intake: &intake{gate: gate, log: log}, log: log,
		at: make(map[uint64]*shard), shards: make(map[string]*shard), wanted: make(chan struct{}, 1),
	}
}

// Subscribe asks for a controller's commands. Each call before Quit is answered by Commands.CommandsReady, when
// its shard has confirmed it. It never blocks.
func (s *Sharded) Subscribe(serial uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch at := s.at[serial]; {
	case s.quit:
	case at != nil:
		at.Subscribe(serial)
	default:
		s.at[serial] = nil
		select {
		case s.wanted <- struct{}{}:
		default:
		}
	}
}

// Unsubscribe ends it; a message that was under way may still come. It never blocks.
func (s *Sharded) Unsubscribe(serial uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.at[serial]; at != nil {
		at.Unsubscribe(serial)
	}
	delete(s.at, serial)
}

// Quit ends all subscriptions, those to come too. Silent tells when Redis has done so. It never blocks.
func (s *Sharded) Quit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quit = true
	clear(s.at)
	for _, shard := range s.shards {
		shard.Quit()
	}
}

// Silent reports whether no shard has anything to send any more, and knows.
func (s *Sharded) Silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, shard := range s.shards {
		if !shard.Silent() {
			return false
		}
	}
	return len(s.at) == 0
}

// Settled is controller.Subscriber: Redis keeps nothing of what was published.
func (s *Sharded) Settled(string) {}

// Cleared reports true, for the same reason.
func (s *Sharded) Cleared() bool { return true }

// Run hears commands until ctx ends; then it returns nil.
func (s *Sharded) Run(ctx context.Context, commands Commands) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(report.Guard("shards", func() error { return s.follow(ctx, group, publications{s.intake, commands}) }))
	return group.Wait()
}

// Stats may be called at any time.
func (s *Sharded) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := Stats{Up: len(s.shards) > 0, Pending: len(s.at)}
	for _, shard := range s.shards {
		one := shard.stats()
		sum.Up = sum.Up && one.Up
		sum.Reconnects += one.Reconnects
		sum.Subscribed += one.Subscribed
	}
	sum.Pending = max(sum.Pending-sum.Subscribed, 0)
	s.intake.count(&sum)
	return sum
}
