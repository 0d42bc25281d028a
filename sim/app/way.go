package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/sim/certs"
)

// Way is how commands go through Redis; it must be the drivers' COMMAND_SOURCE.
type Way string

// The ways.
const (
	PubSub  Way = "pubsub"  // published on the channel of the controller's serial number
	Sharded Way = "sharded" // the same in the shards of a Redis Cluster
	Streams Way = "streams" // added to the controller's stream, where they wait for a process
)

// ParseWay reads the name of a way.
func ParseWay(name string) (Way, error) {
	if !slices.Contains([]Way{PubSub, Sharded, Streams}, Way(name)) {
		return "", fmt.Errorf("%q is none of pubsub, sharded and streams", name)
	}
	return Way(name), nil
}

func (w Way) connect(o *redis.Options) redis.UniversalClient {
	options := *o
	options.Protocol, options.DisableIdentity, options.DialerRetries, options.MaxRetries = 2, true, 1, -1
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisTimeout, redisTimeout, redisTimeout
	if w != Sharded {
		return redis.NewClient(&options)
	}
	return redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{o.Addr}, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig, Dialer: o.Dialer,
		Protocol: 2, DisableIdentity: true, DisableRoutingPolicies: true, DialerRetries: 1,
		DialTimeout: redisTimeout, ReadTimeout: redisTimeout, WriteTimeout: redisTimeout,
	})
}

// fate is what became of a command in Redis.
type fate int

const (
	unclear fate = iota // a connection was lost on the way
	taken
	unheard // Redis has nobody to give it to
	refused // by Redis, in an answer, or never sent
)

// send brings a payload to whoever serves the controller, in one attempt; the error may be of what goes with a taken one.
func (w Way) send(ctx context.Context, client redis.UniversalClient, prefix string, serial uint64, payload []byte) (fate, error) {
	decimal := strconv.FormatUint(serial, 10)
	var heard *redis.IntCmd
	switch w {
	case Streams:
		return add(ctx, client, prefix+"commands:{"+decimal+"}", payload)
	case Sharded:
		heard = redis.NewIntCmd(ctx, "spublish", prefix+"{"+decimal+"}", payload)
		client.Process(ctx, once{heard})
	default:
		heard = client.Publish(ctx, prefix+decimal, payload)
	}
	if heard.Err() == nil && heard.Val() == 0 {
		return unheard, nil
	}
	return fateOf(heard.Err()), heard.Err()
}

// once is a command that a cluster's client sends where it is told to, but not again after a lost connection.
type once struct{ *redis.IntCmd }

// NoRetry implements redis.Cmder.
func (once) NoRetry() bool { return true }

// fateOf tells from the error of an attempt what became of its command.
func fateOf(err error) fate {
	var answer redis.Error
	var fault *net.OpError
	var noTLS *certs.HandshakeError
	switch {
	case err == nil:
		return taken
	case errors.As(err, &answer), errors.As(err, &noTLS), errors.As(err, &fault) && fault.Op == "dial":
		return refused
	}
	return unclear
}

const (
	// A stream that nobody reads holds about so many commands, and ends after so long.
	mostAdded = 1000
	keepAdded = 7 * 24 * time.Hour
)

// add leaves a payload in a stream, and rings for its reader, who looks once a second anyway.
func add(ctx context.Context, client redis.UniversalClient, stream string, payload []byte) (fate, error) {
	pipeline := client.Pipeline()
	added := pipeline.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: mostAdded, Approx: true, Values: []any{"command", payload}})
	pipeline.Expire(ctx, stream, keepAdded)
	pipeline.Publish(ctx, stream, "")
	_, err := pipeline.Exec(ctx)
	return fateOf(added.Err()), err
}
