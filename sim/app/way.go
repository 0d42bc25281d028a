package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
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
	options.Protocol, options.DisableIdentity, options.DialerRetries = 2, true, 1
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

// send brings a payload to whoever serves the controller. It is lost when Redis certainly has nobody to give it to.
func (w Way) send(ctx context.Context, client redis.UniversalClient, prefix string, serial uint64, payload []byte) (lost bool, err error) {
	decimal := strconv.FormatUint(serial, 10)
	var heard int64
	switch w {
	case Streams:
		return false, add(ctx, client, prefix+"commands:{"+decimal+"}", payload)
	case Sharded:
		heard, err = client.SPublish(ctx, prefix+"{"+decimal+"}", payload).Result()
	default:
		heard, err = client.Publish(ctx, prefix+decimal, payload).Result()
	}
	return heard == 0, err
}

const (
	// A stream that nobody reads holds about so many commands, and ends after so long.
	mostAdded = 1000
	keepAdded = 7 * 24 * time.Hour
)

// add leaves a payload in a stream, and rings for its reader, who looks once a second anyway.
func add(ctx context.Context, client redis.UniversalClient, stream string, payload []byte) error {
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: mostAdded, Approx: true, Values: []any{"command", payload}})
		p.Expire(ctx, stream, keepAdded)
		p.Publish(ctx, stream, "")
		return nil
	})
	return err
}
