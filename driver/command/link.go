package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	pingEvery = time.Second
	// silenceLimit ends a connection that has not answered a ping for so long. Noticing a half-open one
	// within 5 s is promised; the rest is for a process that is late itself.
	silenceLimit = 4 * time.Second
	// stepLimit is for dialling, each step of the handshake, and each write.
	stepLimit = 2 * time.Second
)

// link is one connection to Redis for messages, from its dialling to its first fault.
//
// A redis.PubSub mends itself: whichever call meets the broken connection dials a new one in silence, and
// what pings have proved of the old one's messages would be believed of the new one's. So a link's PubSub
// can dial once only, and a link is never mended. The first send dials; after it one goroutine receives and
// another sends.
type link struct {
	single *single
	client *redis.Client
	pubsub *redis.PubSub

	subscribe, unsubscribe func(ctx context.Context, channels ...string) error
}

func newLink(ctx context.Context, options *redis.Options, sharded bool) *link {
	o := settings(options, stepLimit)
	once := &single{dial: o.Dialer}
	once.next(maxReply)
	o.Dialer = once.Dial
	client := redis.NewClient(o)
	pubsub := client.Subscribe(ctx)
	l := &link{single: once, client: client, pubsub: pubsub,
		subscribe: pubsub.Subscribe, unsubscribe: pubsub.Unsubscribe}
	if sharded {
		l.subscribe, l.unsubscribe = oneByOne(pubsub.SSubscribe), oneByOne(pubsub.SUnsubscribe)
	}
	return l
}

// oneByOne is for channels in different slots, which Redis takes in commands of their own only.
func oneByOne(send func(context.Context, ...string) error) func(context.Context, ...string) error {
	return func(ctx context.Context, channels ...string) error {
		for _, channel := range channels {
			if err := send(ctx, channel); err != nil {
				return err
			}
		}
		return nil
	}
}

// close ends the connection, and whatever receive or send is doing. It may be called again.
func (l *link) close() {
	_ = l.client.Close()
	_ = l.pubsub.Close()
}

// receive waits for Redis's next reply until the deadline: the link was silent for too long then.
func (l *link) receive(ctx context.Context, deadline time.Time) (reply any, err error) {
	left := time.Until(deadline)
	if left <= 0 { // which go-redis would take for no limit
		return nil, errSilent
	}
	l.single.next(maxReply)
	// go-redis asserts the shape of what it reads. A server that sends another one is no Redis.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("read a reply that no Redis sends: %v", fault)
		}
	}()
	reply, err = l.pubsub.ReceiveTimeout(ctx, left)
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		err = errSilent
	}
	return reply, err
}

// send tells Redis of the channels that are wanted and not wanted any more.
func (l *link) send(ctx context.Context, h *Hearing) error {
	subscribe, unsubscribe := h.Tell()
	if len(unsubscribe) > 0 { // none would mean all
		if err := l.unsubscribe(ctx, unsubscribe...); err != nil {
			return fmt.Errorf("unsubscribe from %d channels: %w", len(unsubscribe), err)
		}
	}
	if len(subscribe) > 0 {
		if err := l.subscribe(ctx, subscribe...); err != nil {
			return fmt.Errorf("subscribe to %d channels: %w", len(subscribe), err)
		}
	}
	return nil
}

func (l *link) ping(ctx context.Context, h *Hearing) error {
	if err := l.pubsub.Ping(ctx, h.Ping(time.Now())); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

var errSilent = fmt.Errorf("no ping was answered for %v", silenceLimit)
