package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/alicebob/miniredis/v2"
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
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(*addr); err != nil {
		return f.failed(fmt.Errorf("listen on %s: %w", *addr, err))
	}
	defer server.Close()
	newLog(stdout).Info("embedded redis listens", "addr", server.Addr())
	age(ctx, server)
	return exitOK
}

// age lets keys expire until the context ends: miniredis has no clock of its own.
func age(ctx context.Context, server *miniredis.Miniredis) {
	const step = 100 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			server.FastForward(step)
		case <-ctx.Done():
			return
		}
	}
}
