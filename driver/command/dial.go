package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// go-redis reports every failed attempt on stderr, in a form of its own. This package says what matters
// of it, once.
func init() { redis.SetLogger(debugLog{}) }

type debugLog struct{}

func (debugLog) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, "go-redis", "text", fmt.Sprintf(format, args...))
}

// settings makes the process's options fit this package: go-redis attempts everything once, as only the
// caller knows what may be repeated; RESP2, in which nothing comes unasked; and each step of dialling,
// reading and writing takes limit at most.
func settings(options *redis.Options, limit time.Duration) *redis.Options {
	o := *options
	o.Protocol = 2
	o.DisableIdentity = true
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialTimeout = limit
	o.ReadTimeout = limit
	o.WriteTimeout = limit
	dial := o.Dialer
	if dial == nil {
		dial = redis.NewDialer(&o)
	}
	o.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
		// For subscriptions go-redis bounds the time of no dialler but its own.
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return dial(ctx, network, address)
	}
	return &o
}

// roundTrips is a client for questions and answers, which are asked by one goroutine.
func roundTrips(options *redis.Options) *redis.Client {
	o := settings(options, askLimit)
	o.PoolSize, o.PipelinePoolSize = 2, -1 // one is used; the last one would be dialled in the background
	return redis.NewClient(o)
}

// clusterClient asks each question where its key lies in a Redis Cluster. It may ask twice, so that the first answer
// is lost.
func clusterClient(options *redis.Options) *redis.ClusterClient {
	o := settings(options, askLimit)
	return redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{o.Addr}, Username: o.Username, Password: o.Password, Dialer: o.Dialer, Protocol: o.Protocol,
		DisableIdentity: true, DisableRoutingPolicies: true, MaxRedirects: 1, DialerRetries: 1, PoolSize: 2,
		DialTimeout: askLimit, ReadTimeout: askLimit, WriteTimeout: askLimit,
	})
}

// maxReply is how much is read for one reply, in bytes. Anybody who may publish may publish 512 MB, and
// go-redis would keep it all.
const maxReply = 1 << 20

var (
	errBroken    = errors.New("the connection broke")
	errLongReply = errors.New("a reply is too long")
)

// single dials one connection and no more, and lets no reply beyond maxReply through.
type single struct {
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	dialled atomic.Bool
	left    atomic.Int64 // what may still be read for the present reply, in bytes
}

func (s *single) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.dialled.Swap(true) {
		return nil, errBroken
	}
	conn, err := s.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return singleConn{conn, s}, nil
}

// next is called before each reply, or run of replies, is read; most is how long it may be, in bytes.
func (s *single) next(most int64) { s.left.Store(most) }

type singleConn struct {
	net.Conn
	single *single
}

func (c singleConn) Read(p []byte) (int, error) {
	if c.single.left.Load() < 0 {
		return 0, errLongReply
	}
	n, err := c.Conn.Read(p)
	c.single.left.Add(-int64(n))
	return n, err
}
