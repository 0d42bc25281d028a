package command

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"mercury-driver/driver/report"
)

// Streams reads the commands that were added to the streams of the leased controllers; a controller's stream is
// prefix + "commands:{" + decimal serial + "}", and a payload is the field "command" of an entry. What was added while
// nobody read is read by the next holder of the lease: run if it is young enough, and answered else.
//
// Redis gives an entry to one process. It is acknowledged when the vendor app has its result, so what a
// process took with it into its end is found by the next holder, which can't know whether it was posted, and answers
// that. Who publishes on the channel of the stream's name, anything, has the stream read at once.
type Streams struct {
	bell   *subscription
	reader *reader
	acks   *acks
	ledger *ledger
	intake *intake
}

// NewStreams prepares the reading in the name of a process instance; Run does the work. replyGrace is how long after a
// command's ttl any process waits for a controller's reply.
func NewStreams(options *redis.Options, prefix, instance string, gate *Gate, replyGrace time.Duration, log *slog.Logger) *Streams {
	names := names{prefix + "commands:{", "}"}
	intake, ledger := &intake{gate: gate, log: log}, newLedger()
	return &Streams{
		bell: newSubscription(options, names, "bell", log),
		reader: &reader{
			options: options, names: names, consumer: instance, grace: replyGrace + settleWithin,
			intake: intake, ledger: ledger, log: log,
			streams: make(map[uint64]*stream), rung: make(map[uint64]bool), rings: make(chan struct{}, 1),
		},
		acks:   &acks{options: options, names: names, ledger: ledger, log: log},
		ledger: ledger, intake: intake,
	}
}

// Subscribe asks for a controller's commands. Each call before Quit is answered by Commands.CommandsReady, when
// its stream has been read. It never blocks.
func (s *Streams) Subscribe(serial uint64) {
	s.bell.Subscribe(serial)
	s.reader.want(serial, true)
}

// Unsubscribe ends it; an entry that was under way may still come. It never blocks.
func (s *Streams) Unsubscribe(serial uint64) {
	s.bell.Unsubscribe(serial)
	s.reader.want(serial, false)
}

// Settled is controller.Subscriber: Redis may forget the command.
func (s *Streams) Settled(id string) { s.ledger.settle(id) }

// Quit ends all reading: what has not been read is left to others. Silent tells when nothing comes any more. It never
// blocks.
func (s *Streams) Quit() {
	s.bell.Quit()
	s.reader.stop()
}

// Silent reports whether nothing is read any more.
func (s *Streams) Silent() bool { return s.bell.Silent() && s.reader.silent() }

// Cleared reports whether everything that was read is answered, and acknowledged in Redis.
func (s *Streams) Cleared() bool { return s.ledger.count() == 0 }

// Run reads until ctx ends; then it returns nil.
func (s *Streams) Run(ctx context.Context, commands Commands) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(report.Guard("bell", func() error { return s.bell.run(ctx, ringer{s.reader}) }))
	group.Go(report.Guard("acks", func() error { return s.acks.run(ctx) }))
	group.Go(report.Guard("reader", func() error { return s.reader.run(ctx, commands) }))
	return group.Wait()
}

// ringer has a stream read when somebody rings, and when nobody could ring before.
type ringer struct{ reader *reader }

func (r ringer) published(_ time.Time, serial uint64, _ string, _ time.Time) { r.reader.ring(serial) }

func (r ringer) listening(_ time.Time, serial uint64, _ bool) { r.reader.ring(serial) }

// Stats may be called at any time.
func (s *Streams) Stats() Stats {
	r := s.reader
	stats := Stats{Up: r.up.Load(), Reconnects: max(r.connections.Load(), 1) - 1, Unsettled: s.ledger.count()}
	stats.Subscribed, stats.Pending = r.count()
	s.intake.count(&stats)
	return stats
}
