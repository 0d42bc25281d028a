package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"time"

	"mercury-driver/driver/config"
	"mercury-driver/driver/report"
	"mercury-driver/driver/thread"
	"mercury-driver/driver/title"
)

// How long the exit waits for Sentry. A library call that hangs may come back meanwhile, and move a door too late.
const (
	flushBound = 3 * time.Second
	hangBound  = 500 * time.Millisecond
)

// serve runs the driver from its first log line to its last, and returns the exit code. Errors that
// have been logged are not returned.
func serve(c config.Config, doubts []config.Fault, shown *title.Title, untitled error) (code int, err error) {
	// Two at least, however few the container has: a thread that is in the library holds one. And set, it is not looked up
	// again each second.
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	outliveReaders()
	reporter, err := report.New(report.Options{
		Log: os.Stderr, Format: c.LogFormat, Level: c.LogLevel, Port: c.Port, Secrets: c.Secrets(),
		DSN: c.SentryDSN.Reveal(), Environment: c.SentryEnvironment, Release: "mercury-driver@" + version,
	})
	if err != nil {
		return exitRuntime, err
	}
	bound := flushBound
	defer func() { reporter.Close(bound) }()
	log := reporter.Log
	slog.SetDefault(log)
	for _, doubt := range doubts {
		log.Warn("a setting is doubtful", "text", doubt.String())
	}
	if untitled != nil {
		log.Warn("ps will not show the live state", report.Err, untitled)
	}
	run, err := beginRun(c, log)
	if err == nil {
		err = report.Guard("main", func() error { return live(c, log, shown, run) })()
	}
	if errors.As(err, new(thread.Hang)) {
		bound = hangBound
	}
	code = exitCode(err)
	if err != nil {
		log.Error("the driver ends", report.Err, err, "exit", code)
	} else {
		log.Info("the driver ends", "exit", code)
	}
	if run != nil {
		run.End(code)
	}
	return code, nil
}

// beginRun notes that this process runs, where STATE_DIR says so, and reports how the last one ended.
func beginRun(c config.Config, log *slog.Logger) (*report.Run, error) {
	if c.StateDir == "" {
		return nil, nil
	}
	run, last, err := report.Begin(c.StateDir, c.Port)
	if err != nil {
		return nil, stateFailure(err)
	}
	last.Report(log)
	return run, nil
}

// stateFailure is why a run can't be noted, with its exit code.
func stateFailure(err error) error {
	switch {
	case errors.Is(err, report.ErrHeld):
		return exitError{exitPort, err}
	case errors.Is(err, report.ErrNoFile), forbidden(err):
		return elsewhere("STATE_DIR", err)
	}
	return err
}

// live assembles the process, runs it until it fails or a signal drains it, and takes it apart.
func live(c config.Config, log *slog.Logger, shown *title.Title, run *report.Run) error {
	asked := untilAsked(log)
	if err := free(c.Port); err != nil { // before the admin address, which goes with the port, is found taken
		return err
	}
	p, err := assemble(c, log, shown)
	if err != nil {
		return err
	}
	running, end := context.WithCancel(context.Background())
	defer end()
	p.start(running)
	select {
	case <-asked.Done():
		log.Info("draining", "grace", c.GracePeriod)
		if err := run.Drain(); err != nil {
			log.Warn("STATE_DIR does not take a note of the drain", report.Err, err)
		}
		p.drain(c.GracePeriod)
	case <-p.failed.Done():
	}
	end()
	return p.wait()
}
