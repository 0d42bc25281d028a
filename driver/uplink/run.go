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
		wait := u.retryAfter(&retry, err)
		level := slog.LevelWarn
		if err.Error() == last { // an absent app is told once, not each second
			level = slog.LevelDebug
		}
		last = err.Error()
		u.config.Log.Log(ctx, level, "no stream to the vendor app, trying again", "addr", u.config.Addr,
			"err", err, "dur", time.Since(began), "retry_in", wait)
		pause(ctx, wait)
	}
}

// retryAfter is how long to wait after a stream that ended with err.
func (u *Uplink[K]) retryAfter(retry *backoff, err error) time.Duration {
	var breach *BreachError
	switch code := status.Code(err); {
	case code == codes.InvalidArgument, code == codes.FailedPrecondition, errors.As(err, &breach):
		return between(slowWait, slowWaitMax, u.config.Jitter())
	}
	return retry.next(u.config.Jitter())
}
