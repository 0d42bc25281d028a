// Command mercury-sim is everything around the driver that a person needs to try it: the reference
// vendor app, panels, an embedded Redis, and all of it together as a demo. It is no part of what is
// deployed, and restarts nothing that ends.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Set by the build with -ldflags -X.
var (
	version = "v0.0.0-dev"
	commit  = "unknown"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 64
	exitTaken  = 75 // by another process: a port, a database, or a directory
)

// subcommand is one word after mercury-sim.
type subcommand struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

func subcommands() []subcommand {
	return []subcommand{
		{"demo", "Redis, the app, three drivers and a dozen panels, on this machine", demoCommand},
		{"app", "the reference vendor app", appCommand},
		{"send", "send a command to a controller, through the app", sendCommand},
		{"events", "show the events that the app has stored", eventsCommand},
		{"audit", "show the commands that the app was asked for, and their ends", auditCommand},
		{"fleet", "run panels that dial in to the drivers", fleetCommand},
		{"key", "make a key that signs the app's commands, and show its line for COMMAND_KEYS", keyCommand},
		{"fault", "list, start and stop what goes wrong at the panels of a fleet", faultCommand},
		{"panel", "look at the panels of a fleet, and do things at one of them", panelCommand},
		{"redis", "an embedded Redis, for trying things out", redisCommand},
		{"certs", "make certificates, for trying TLS out", certsCommand},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run does what the arguments say, and fails where what it says of that can't be written.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &output{to: stdout}
	status := choose(ctx, args, out, stderr)
	if fault := out.fault.Load(); fault != nil && status == exitOK {
		fmt.Fprintf(stderr, "mercury-sim: %v\n", *fault)
		return exitFailed
	}
	return status
}

func choose(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printUsage(stderr)
		return exitUsage
	}
	for _, c := range subcommands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], stdout, stderr)
		}
	}
	switch {
	case isHelp(args[0]) || args[0] == "help":
		printUsage(stdout)
		return exitOK
	case args[0] == "-version" || args[0] == "--version":
		fmt.Fprintf(stdout, "mercury-sim %s (commit %s)\n", version, commit)
		return exitOK
	}
	fmt.Fprintf(stderr, "mercury-sim: there is no subcommand %q\n", args[0])
	printUsage(stderr)
	return exitUsage
}

func printUsage(w io.Writer) {
	fmt.Fprintln(w, "usage: mercury-sim SUBCOMMAND [flags]; SUBCOMMAND -h says more, -version which one this is")
	for _, c := range subcommands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
}
