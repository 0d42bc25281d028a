// Package report is how the process speaks of itself: log lines on stderr, errors and panics to Sentry,
// and a note on disk by which the next start tells how this one ended.
//
// Reporting never holds up the work. What Sentry can't take at once waits in a bounded queue, what
// does not fit is dropped, and the flush at exit has a bound. Nothing leaves without having been
// searched for the configured secrets, and nothing of the environment is attached.
package report

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Keys of log attributes that mean the same wherever they stand; Sentry has them as tags.
const (
	Port       = "port"       // this process's port
	Controller = "controller" // serial number
	SCP        = "scp"        // the library's number of an attached controller
	CmdID      = "cmd_id"
	Err        = "err"
	Dur        = "dur" // with its unit: 250ms
)

// Options say where reports go and what must not be in them.
type Options struct {
	// Log takes one Write a line; usually it is os.Stderr.
	Log io.Writer
	// Format is json, text, or auto: text when Log is a terminal.
	Format string
	Level  slog.Level
	// Port is in every line and report.
	Port int
	// Secrets are replaced by *** in everything that goes out. One of less than 4 bytes is left alone:
	// it would be found in ordinary words.
	Secrets []string
	// DSN is the Sentry project; empty turns Sentry off.
	DSN         string
	Environment string
	// Release is the version that Sentry files a report under: mercury-driver@4.6.1.212.
	Release string
}

// Reporter owns the log and the way to Sentry. Its methods may run at once.
type Reporter struct {
	// Log writes lines; what is logged at level Error also goes to Sentry.
	Log    *slog.Logger
	sentry *outlet
}

// New opens a Reporter. It fails on a DSN that is none; an unreachable Sentry is no failure.
func New(o Options) (*Reporter, error) {
	scrub := newScrubber(o.Secrets)
	handler := newLogHandler(o, scrub)
	r := new(Reporter)
	if o.DSN != "" {
		sentry, err := newOutlet(o, scrub)
		if err != nil {
			return nil, fmt.Errorf("report to Sentry: %w", err)
		}
		r.sentry = sentry
		handler = &teeHandler{Handler: handler, sentry: sentry}
	}
	r.Log = slog.New(handler).With(Port, o.Port)
	return r, nil
}

// Close sends what is still queued for Sentry, for at most bound, and reports whether all of it went.
// The log goes on to work; Sentry hears no more.
func (r *Reporter) Close(bound time.Duration) bool {
	if r.sentry == nil {
		return true
	}
	return r.sentry.close(bound)
}
