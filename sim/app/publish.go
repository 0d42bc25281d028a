package app

import (
	"context"
	"log/slog"
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
// reached no process; when that is not certain, the command is left to end by its time.
func (p *publisher) publish(serial uint64, c *pb.Command) (reason string) {
	payload, err := proto.Marshal(c)
	if err == nil && p.key != nil {
		payload, err = p.key.seal(serial, payload)
	}
	if err != nil {
		return "encode the command: " + err.Error()
	}
	fate, err := p.deliver(serial, payload)
	if err != nil {
		p.log.Warn("a command met an error in redis", "controller", serial, "cmd_id", c.Id, "way", p.way, "err", err)
	}
	switch fate {
	case refused:
		return "redis: " + err.Error()
	case unheard:
		return "offline: nobody listens for this controller in Redis"
	}
	return ""
}

// attempts at a command whose connections are lost.
const attempts = 4

// deliver sends again what was lost on the way: Redis may get it twice, and its id makes that harmless. As the lost one
// may have been taken, what Redis says against a later one is not the end.
func (p *publisher) deliver(serial uint64, payload []byte) (f fate, err error) {
	for attempt := range attempts {
		f, err = p.way.send(context.Background(), p.client, p.prefix, serial, payload)
		if f == taken || f != unclear && attempt == 0 {
			return f, err
		}
		if f != unclear {
			break
		}
	}
	return unclear, err
}
