package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

func redisCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("redis", "[flags]", stdout, stderr)
	addr := f.String("listen", defaultRedis, "`address` to serve Redis on")
	if status, done := f.parseAll(args); done {
		return status
	}
	lis, status := f.listen("listen", *addr)
	if lis == nil {
		return status
	}
	lis.Close() // miniredis only takes an address
	redis := miniredis.NewMiniRedis()
	if err := redis.StartAddr(*addr); err != nil {
		return f.failed(fmt.Errorf("listen on %s: %w", *addr, err))
	}
	defer redis.Close()
	redis.Server().SetPreHook(tellUptime(time.Now()))
	newLog(stdout).Info("embedded redis listens", "addr", redis.Addr())
	age(ctx, redis)
	return exitOK
}

// tellUptime answers INFO server, which miniredis does not know, and drivers ask before they read streams.
func tellUptime(started time.Time) server.Hook {
	return func(c *server.Peer, command string, args ...string) bool {
		if command != "INFO" || len(args) != 1 || !strings.EqualFold(args[0], "server") {
			return false
		}
		c.WriteBulk(fmt.Sprintf("# Server\r\nuptime_in_seconds:%d\r\n", time.Since(started)/time.Second))
		return true
	}
}

// age lets keys expire until the context ends: miniredis has no clock of its own.
func age(ctx context.Context, redis *miniredis.Miniredis) {
	const step = 100 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			redis.FastForward(step)
		case <-ctx.Done():
			return
		}
	}
}
