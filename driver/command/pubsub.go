package command

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// PubSub hears the commands that are published for the leased controllers; a controller's channel is
// prefix + decimal serial. What is published while nobody listens is heard by nobody.
type PubSub struct {
	*subscription
	intake *intake
}

// NewPubSub prepares a PubSub; Run does the work.
func NewPubSub(options *redis.Options, prefix string, gate *Gate, log *slog.Logger) *PubSub {
	return &PubSub{newSubscription(options, names{before: prefix}, "command", log), &intake{gate: gate, log: log}}
}

// Run hears commands until ctx ends; then it returns nil.
func (p *PubSub) Run(ctx context.Context, commands Commands) error {
	return p.run(ctx, publications{p.intake, commands})
}

// Open begins the protocol of a new connection at the moment it is dialled, for who carries its bytes himself. One
// may be open at a time, and not beside Run.
func (p *PubSub) Open(now time.Time, commands Commands) *Hearing {
	return p.open(now, publications{p.intake, commands})
}

// Settled is controller.Subscriber: Redis keeps nothing of what was published.
func (p *PubSub) Settled(string) {}

// Cleared reports true, for the same reason.
func (p *PubSub) Cleared() bool { return true }

// publications hands on what is heard on the channels.
type publications struct {
	intake   *intake
	commands Commands
}

func (p publications) published(now time.Time, serial uint64, payload string, bornAfter time.Time) {
	c, id, err := p.intake.read(p.commands, now, 0, serial, payload)
	switch {
	case err == nil:
		p.commands.Command(now, serial, c, bornAfter)
	case id != "":
		p.commands.Malformed(now, serial, id, err.Error())
	}
}

func (p publications) listening(now time.Time, serial uint64, heard bool) {
	p.commands.CommandsReady(now, serial, heard)
}

// Stats is a picture of how commands come in.
type Stats struct {
	Up          bool   // Redis answers
	Reconnects  uint64 // connections that worked, after the first
	Subscribed  int    // controllers whose commands are heard
	Pending     int    // controllers whose commands are wanted and not heard yet
	Commands    uint64 // decoded and handed on
	Malformed   uint64 // only their id could be read
	Undecodable uint64 // not even that
	Unsettled   int    // read, and not acknowledged in Redis
}

// Stats may be called at any time.
func (p *PubSub) Stats() Stats {
	s := p.stats()
	p.intake.count(&s)
	return s
}
