package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// line is one connection to Redis for questions and answers. As a link it is never mended: what the Redis at its other
// end has forgotten is only noticed where a new connection is seen as one.
type line struct {
	single *single
	client *redis.Client
	// started is when that Redis was started, or somewhat later. What was added before it may be a memory
	// from disk, in which others' readings are missing.
	started time.Time
}

// dialLine connects, which takes stepLimit for each of some steps at most.
func dialLine(ctx context.Context, options *redis.Options) (*line, error) {
	o := settings(options, askLimit)
	once := &single{dial: o.Dialer}
	o.Dialer = once.Dial
	o.PoolSize, o.PipelinePoolSize = 1, -1
	l := &line{single: once, client: redis.NewClient(o)}
	once.next(maxReply)
	info, err := l.client.Info(ctx, "server").Result()
	now := time.Now()
	if err == nil {
		l.started, err = started(now, info)
	}
	if err != nil {
		l.close()
		return nil, fmt.Errorf("ask Redis when it was started: %w", err)
	}
	return l, nil
}

func (l *line) close() { _ = l.client.Close() }

var errUptime = errors.New("INFO tells no uptime_in_seconds")

// started finds in the text of INFO when Redis was started, or up to 2 s later: Redis counts in seconds of its wall
// clock, from the one in which it was started, and that clock may have been set back.
func started(now time.Time, info string) (time.Time, error) {
	for text := range strings.Lines(info) {
		if text, found := strings.CutPrefix(text, "uptime_in_seconds:"); found {
			seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
			return now.Add(-time.Duration(max(seconds-1, 0)) * time.Second), err
		}
	}
	return time.Time{}, errUptime
}

// ask sends commands together, waits for all replies, and returns when it began and what Redis's clock showed after
// the last of them. most bounds the replies, in bytes. Only an error of the connection is returned; a command's own
// is the caller's to look at.
func (l *line) ask(ctx context.Context, most int64, commands func(redis.Pipeliner)) (stamp, error) {
	pipe := l.client.Pipeline()
	commands(pipe)
	clock := pipe.Time(ctx)
	l.single.next(most)
	s := stamp{sent: time.Now()}
	replies, err := pipe.Exec(ctx)
	if err != nil {
		if fatal := slices.IndexFunc(replies, func(c redis.Cmder) bool { return broken(c.Err()) }); fatal >= 0 {
			return s, replies[fatal].Err()
		}
	}
	s.at = clock.Val()
	return s, clock.Err()
}

// ofStream tells an error that concerns one stream only from one that Redis answers everything with.
func ofStream(err error) bool {
	return slices.ContainsFunc([]string{"WRONGTYPE", "NOPERM", "NOGROUP", "MOVED", "ASK"},
		func(code string) bool { return redis.HasErrorPrefix(err, code) })
}

// broken reports whether an error is neither a reply's absence nor one stream's own.
func broken(err error) bool {
	return err != nil && !errors.Is(err, redis.Nil) && !ofStream(err) && !redis.HasErrorPrefix(err, "BUSYGROUP")
}
