// Command mercury-driver owns one TCP port on which access-control panels dial in, and bridges them:
// what they report goes to the vendor app over gRPC, what it wishes comes from Redis. This file and its
// neighbours only wire the packages under driver/ together, and see the process in and out.
package main

import (
	"errors"
	"fmt"
	"os"

	"mercury-driver/cvendor"
	"mercury-driver/driver/config"
	"mercury-driver/driver/report"
	"mercury-driver/driver/spool"
	"mercury-driver/driver/title"
)

// Set by the build with -ldflags -X.
var (
	version = "v0.0.0-dev"
	commit  = "unknown"
)

func main() {
	shown, untitled := title.New() // may execute the program anew, so nothing comes before it
	code, err := start(os.Args[1:], shown, untitled)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mercury-driver:", err)
	}
	os.Exit(code)
}

// start does what the command line asks for, and returns the exit code. The error is one that came
// before there was a log.
func start(args []string, shown *title.Title, untitled error) (int, error) {
	flags, err := config.ParseFlags(args)
	if err != nil {
		return exitCode(err), err
	}
	switch {
	case flags.Help:
		return told(fmt.Print(config.Help()))
	case flags.Version:
		return told(fmt.Printf("mercury-driver %s (commit %s)\nlibrary: %s\n", version, commit, cvendor.Identity()))
	}
	c, doubts, err := config.Load(flags)
	if err != nil {
		return exitCode(err), err
	}
	if flags.CheckConfig {
		return check(c, doubts)
	}
	return serve(c, doubts, shown, untitled)
}

// check tells of a configuration without faults what else may be wrong, looks at the notes of the last run, and
// reads the spool's file, which a start would refuse where it is damaged.
func check(c config.Config, doubts []config.Fault) (int, error) {
	for _, doubt := range doubts {
		fmt.Fprintln(os.Stderr, "mercury-driver: doubtful:", doubt)
	}
	if c.StateDir != "" {
		if err := stateFailure(report.Check(c.StateDir, c.Port)); err != nil {
			return exitCode(err), err
		}
	}
	if c.SpoolDir != "" {
		if err := spoolFailure(spool.Check(c.SpoolDir, c.Port)); err != nil {
			return exitCode(err), err
		}
	}
	return told(fmt.Println("the configuration is good"))
}

// told is how a process ends that had only this to print.
func told(_ int, err error) (int, error) { return exitCode(err), err }

// Exit codes; 64, for usage, is brought by its error. 143, 130 and 129 are
// SIGTERM's, SIGINT's and SIGHUP's own; 2, 134 and 139 are crashes: Go's, and C's.
const (
	exitDone    = 0
	exitRuntime = 1
	exitLibrary = 70
	exitPort    = 75
	exitConfig  = 78
)

// exitError is an error that ends the process with a code of its own.
type exitError struct {
	code int
	error
}

func (e exitError) ExitCode() int { return e.code }
func (e exitError) Unwrap() error { return e.error }

func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &coded):
		return coded.ExitCode()
	}
	return exitRuntime
}
