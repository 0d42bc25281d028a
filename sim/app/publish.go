package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// publisher puts commands into Redis.
type publisher struct {
	client redis.UniversalClient
	way    Way
	prefix string
	key    *SigningKey // nil: nothing is signed
	log    *slog.Logger
}

const (
	redisTimeout  = 2 * time.Second
	askRedisEvery = time.Second
)

// go-redis reports every failed attempt on stderr, in a form of its own; the audit has what matters of it.
func init() { redis.SetLogger(silence{}) }

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

func newPublisher(o *redis.Options, way Way, prefix string, key *SigningKey, log *slog.Logger) *publisher {
	return &publisher{way.connect(o), way, prefix, key, log}
}

func (p *publisher) close() error { return p.client.Close() }

// watch says once when Redis does not answer, and once when it does again, until the context ends. Commands
// don't wait for what it finds: each of them asks Redis itself.
func (p *publisher) watch(ctx context.Context) {
	tick := time.NewTicker(askRedisEvery)
	defer tick.Stop()
	var since time.Time // of the outage; zero: none
	for ctx.Err() == nil {
		asked := time.Now()
		switch err := p.client.Ping(ctx).Err(); {
		case ctx.Err() != nil:
		case err != nil && since.IsZero():
			since = asked
			p.log.Warn("redis does not answer; commands are refused until it does", "err", err)
		case err == nil && !since.IsZero():
			p.log.Info("redis answers again", "dur", time.Since(since))
			since = time.Time{}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// publish sends a command, which may block for some seconds. The reason is not empty when it certainly
// reached no process; when that is not certain, the command is left to end by its time. Redis may get it
// twice after a fault on the way: its id makes that harmless.
func (p *publisher) publish(serial uint64, c *pb.Command) (reason string) {
	payload, err := proto.Marshal(c)
	if err == nil && p.key != nil {
		payload, err = p.key.seal(serial, payload)
	}
	if err != nil {
		return "encode the command: " + err.Error()
	}
	lost, err := p.way.send(context.Background(), p.client, p.prefix, serial, payload)
	if err != nil {
		p.log.Warn("redis did not take a command", "controller", serial, "cmd_id", c.Id, "way", p.way, "err", err)
	}
	var fault *net.OpError
	switch {
	case errors.As(err, &fault) && fault.Op == "dial":
		return "redis: " + err.Error()
	case err == nil && lost:
		return "offline: nobody listens for this controller in Redis"
	}
	return ""
}
