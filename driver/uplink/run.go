package uplink

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A stream that the app rejects for what we are is tried again, but slowly: somebody has to change
// something first.
const (
	slowWait    = 30 * time.Second
	slowWaitMax = 60 * time.Second
)

// Run keeps one stream to the vendor app, and puts the questions, until ctx ends; then it closes the
// stream in order, within a second. It is called once, and returns when all its goroutines have ended.
func (u *Uplink[K]) Run(ctx context.Context, h Handler[K]) error {
	var g errgroup.Group
	g.Go(func() error {
		u.reportCancelled(ctx, h)
		return nil
	})
	g.Go(func() error {
		u.keepStream(ctx, h)
		return nil
	})
	return g.Wait()
}

// keepStream opens one stream after the other.
func (u *Uplink[K]) keepStream(ctx context.Context, h Handler[K]) {
	var retry backoff
	var last string // the failure that was logged last
	for ctx.Err() == nil {
		began := time.Now()
		welcomed, err := u.carry(ctx, h)
		if ctx.Err() != nil {
			return
		}
		if welcomed {
			retry.reset()
			last = ""
		}
		wait := retry.next(u.config.Jitter())
		level, text := slog.LevelWarn, "no stream to the vendor app, dialling again"
		if rejected(err) {
			wait = between(slowWait, slowWaitMax, u.config.Jitter())
			level, text = slog.LevelError, "the vendor app rejects this driver, somebody has to look; trying again slowly"
		}
		if err.Error() == last { // once is enough
			level = slog.LevelDebug
		}
		last = err.Error()
		u.config.Log.Log(ctx, level, text, "addr", u.config.Addr, "err", err,
			"dur", time.Since(began), "retry_in", wait)
		pause(ctx, wait)
	}
}

// rejected reports whether a stream ended for what we or the app are, and not for the moment's reasons.
func rejected(err error) bool {
	var breach *BreachError
	switch status.Code(err) {
	case codes.InvalidArgument, codes.FailedPrecondition:
		return true
	}
	return errors.As(err, &breach)
}
