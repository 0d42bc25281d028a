package report

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"

	"github.com/getsentry/sentry-go"
)

// Panic is the error that a panic becomes. A process in which one occurred is half dead: it must end.
type Panic struct {
	// Goroutine is the name that Guard was given.
	Goroutine string
	// Value is what panic was called with.
	Value any

	frames *sentry.Stacktrace
	// sent is set with the first report to Sentry: whoever logs the error again adds nothing.
	sent atomic.Bool
}

func (p *Panic) Error() string { return fmt.Sprintf("%s: panic: %v", p.Goroutine, p.Value) }

// Unwrap returns the error that panic was called with, if it was one.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Guard wraps the function of a goroutine: a panic in it is reported at once, with its stack, and
// comes back as a *Panic. It can't guard goroutines that fn starts: each has its own. It reports to
// slog's default logger, which main makes a Reporter's.
func Guard(goroutine string, fn func() error) func() error {
	return func() (err error) {
		defer func() {
			if value := recover(); value != nil {
				p := &Panic{Goroutine: goroutine, Value: value, frames: sentry.NewStacktrace()}
				slog.Error("panic", "goroutine", goroutine, Err, p, stackKey, string(debug.Stack()))
				err = p
			}
		}()
		return fn()
	}
}
