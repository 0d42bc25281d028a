package uplink

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mercury-driver/driver/report"
)

// A stream that the app rejects for what we are is tried again, but slowly: somebody has to change
// something first.
const (
	slowWait    = 30 * time.Second
	slowWaitMax = 60 * time.Second
)

// Run keeps one stream to the vendor app, and puts the questions, until ctx ends; then it closes the
// stream in order, within a second. It is called once, and returns when all its goroutines have ended:
// nil, or the panic of one of them.
func (u *Uplink[K]) Run(ctx context.Context, h Handler[K]) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(report.Guard("uplink cancelled", func() error {
		u.reportCancelled(ctx, h)
		return nil
	}))
	g.Go(report.Guard("uplink", func() error { return u.keepStream(ctx, h) }))
	return g.Wait()
}

// keepStream opens one stream after the other.
func (u *Uplink[K]) keepStream(ctx context.Context, h Handler[K]) error {
	var retry backoff
	var told report.Causes
	for ctx.Err() == nil {
		began := time.Now()
		welcomed, err := u.carry(ctx, h)
		var panicked *report.Panic
		if errors.As(err, &panicked) {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if welcomed {
			retry.reset()
			told.Over()
		}
		wait := retry.next(u.config.Jitter())
		if rejected(err) {
			wait = between(slowWait, slowWaitMax, u.config.Jitter())
		}
		u.logEnd(err, told.News(err), time.Since(began), wait)
		pause(ctx, wait)
	}
	return nil
}

// logEnd tells why there is no stream; once for each cause is enough.
func (u *Uplink[K]) logEnd(err error, news bool, lasted, wait time.Duration) {
	level, text := slog.LevelWarn, "no stream to the vendor app, dialling again"
	if rejected(err) {
		level, text = slog.LevelError, "the vendor app rejects this driver, somebody has to look; trying again slowly"
	}
	if !news {
		level = slog.LevelDebug
	}
	u.config.Log.Log(context.Background(), level, text,
		"addr", u.config.Addr, "err", err, "dur", lasted, "retry_in", wait)
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
