package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"mercury-driver/sim/fleet"
	"mercury-driver/sim/fleet/control"
	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/panel"
	"mercury-driver/sim/panel/journal"
)

func fleetCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("fleet", "-connect HOST:PORT[,HOST:PORT] [flags]", stdout, stderr)
	opts := &fleet.Options{}
	var progress time.Duration
	fleetFlags(f, opts, &progress)
	controlled := f.String("control", "", "`address` for mercury-sim fault and panel, as :7002 on the loopback; empty is none")
	secured := f.clientTLS("tls-", "the drivers'")
	if status, done := f.parseAll(args); done {
		return status
	}
	if progress < time.Second {
		return f.fault("-progress: %v is less than 1s", progress)
	}
	if opts.LogCapacity < 1 {
		return f.fault("-log-capacity: %d is less than 1", opts.LogCapacity)
	}
	for opts.Seed == 0 {
		opts.Seed = rand.Uint64()
	}
	log := newLog(stdout)
	opts.Log = log
	var err error
	if opts.TLS, err = secured.open(log); err != nil {
		return f.fault("%v", err)
	}
	var door net.Listener // nil: nobody asks
	if *controlled != "" {
		if strings.HasPrefix(*controlled, ":") { // whoever may ask may do anything
			*controlled = "127.0.0.1" + *controlled
		}
		var status int
		if door, status = f.listen("control", *controlled); door == nil {
			return status
		}
		defer door.Close()
	}
	panels, err := fleet.New(*opts)
	if option := (*fleet.OptionError)(nil); errors.As(err, &option) {
		return f.fault("-%s: %s", option.Option, option.Text)
	}
	if errors.Is(err, journal.ErrTaken) {
		f.failed(err)
		return exitTaken
	}
	if err != nil {
		return f.failed(err)
	}
	log.Info("fleet starts", "panels", opts.Panels, "first_serial", opts.FirstSerial, "scenario", opts.Scenario,
		"seed", opts.Seed, "connect", strings.Join(opts.Connect, ","))
	if door != nil {
		log.Info("fleet is controlled", "addr", door.Addr().String())
		if isOpen(door) {
			log.Warn("whoever can dial this address may do anything with the fleet: -control :PORT is for this machine alone")
		}
	}
	if err := watchFleet(log, panels, progress, live(ctx, panels, door)); err != nil {
		return f.failed(err)
	}
	tellStats(log, "fleet ended", panels.Stats())
	return exitOK
}

// live starts the panels and who answers for them, and tells how they ended.
func live(ctx context.Context, panels *fleet.Fleet, door net.Listener) <-chan error {
	parts, ctx := errgroup.WithContext(ctx)
	panels.Start(ctx)
	parts.Go(panels.Wait)
	if door != nil {
		parts.Go(func() error { return control.Serve(ctx, door, panels) })
	}
	ended := make(chan error, 1)
	go func() { ended <- parts.Wait() }()
	return ended
}

func fleetFlags(f *flagSet, opts *fleet.Options, progress *time.Duration) {
	f.Func("connect", "`addresses` of drivers or load balancers, with commas; each dial takes one by chance", func(list string) error {
		opts.Connect = strings.Split(list, ",")
		return nil
	})
	f.IntVar(&opts.Panels, "panels", 12, "how many `panels`, up to 10000")
	f.serialVar(&opts.FirstSerial, "first-serial", 61364, "`serial` of the first panel; the others count up")
	f.Uint64Var(&opts.Seed, "seed", 0, "`number` that decides all that happens by chance; 0 draws one")
	f.StringVar(&opts.LogDir, "log-dir", "", "`directory` for each panel's log, commands and memory; a panel goes on with what it finds there")
	f.IntVar(&opts.LogCapacity, "log-capacity", panel.DefaultLogCapacity, "how many `transactions` a panel holds until the oldest is overwritten")
	f.StringVar(&opts.Scenario, "scenario", "day", "`what` happens at the panels: "+strings.Join(fleet.Scenarios(), ", "))
	f.IntVar(&opts.Transactions, "transactions", 0, "raise so `many` in all, spread over the panels, and then none; 0 is without end")
	f.Float64Var(&opts.Rate, "rate", 0, "raise about so many `transactions` a second in all; 0 is as the scenario has it; beyond one a second and panel nobody props doors open")
	f.Func("fault", "a `fault` from the start on, as \"nak chance 2%\"; may be said again; fault start -h shows them", func(line string) error {
		spec, err := fault.Parse(line)
		opts.Faults = append(opts.Faults, spec)
		return err
	})
	f.Func("faults", "a `file` with a fault a line, as \"at 12s for 5s half-open 10%\"; # begins a comment", func(file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		script, err := fault.ParseScript(string(text))
		opts.Faults = append(opts.Faults, script...)
		return err
	})
	f.DurationVar(progress, "progress", 5*time.Second, "`span` between two lines that say how it goes, from 1s")
}

// watchFleet says how it goes until the fleet has ended.
func watchFleet(log *slog.Logger, panels *fleet.Fleet, every time.Duration, ended <-chan error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			tellStats(log, "fleet", panels.Stats())
		case err := <-ended:
			return err
		}
	}
}

func tellStats(log *slog.Logger, what string, s fleet.Stats) {
	log.Info(what, "panels", s.Panels, "online", s.Online, "raised", s.Raised, "wanted", s.Wanted, "logged", s.Logged,
		"unread", s.Unread, "ahead", s.Ahead, "commands", s.Commands, "links", s.Links)
}
