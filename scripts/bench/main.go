// Command bench measures the driver and, beside it in the same run, what the machine can do at all. It prints one table,
// and writes it as JSON and as a chart. It exits with 1 when a ratio is out of its budget, and with 2
// when something could not be measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"mercury-driver/scripts/bench/commands"
	"mercury-driver/scripts/bench/events"
	"mercury-driver/scripts/bench/fanin"
	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/footprint"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

func main() {
	var o options
	flag.BoolVar(&o.short, "short", false, "one run of the few that matter most, with budgets that what is worse by half does not keep to")
	flag.IntVar(&o.runs, "runs", 5, "how often each is measured")
	flag.StringVar(&o.only, "only", "", "only those benchmarks whose name this `expression` matches")
	flag.StringVar(&o.dir, "out", "out/bench", "`folder` for the programs, bench.json and bench.svg")
	flag.Parse()
	if err := o.check(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kept, err := o.measure(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if !kept {
		os.Exit(1)
	}
}

type options struct {
	short bool
	runs  int
	only  string
	dir   string
}

// Of the short form.
const (
	briefLong = 2 * time.Second
	long      = 4 * time.Second
)

// check refuses what would not be measured as it was meant.
func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("argument %q is not understood; -only %[1]s measures what has this in its name", rest[0])
	case o.runs < 1:
		return fmt.Errorf("-runs %d: want 1 at least", o.runs)
	case o.dir == "":
		return errors.New("-out names no folder")
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	return nil
}

func (o options) measure(ctx context.Context) (kept bool, err error) {
	benches, err := o.choose()
	if err != nil {
		return false, err
	}
	programs, err := stage.Build(ctx, o.dir)
	if err != nil {
		return false, err
	}
	runs, span := o.runs, long
	if o.short {
		runs, span = 1, briefLong
	}
	var rows []*figure.Row
	var series []*figure.Series
	for _, b := range benches {
		series = append(series, b.Series...)
		for _, r := range b.Rows {
			if o.short {
				r.Shorten()
			}
			rows = append(rows, r)
		}
	}
	stages := func() (*stage.Stage, error) { return stage.New(ctx, programs) }
	err = suite.Play(ctx, benches, runs, span, stages, os.Stderr)
	kept = !slices.ContainsFunc(rows, (*figure.Row).Fails)
	err = errors.Join(err, figure.Table(os.Stdout, rows))
	if ctx.Err() != nil {
		return false, err // what the last whole one wrote stays
	}
	return kept, errors.Join(err, figure.Write(o.dir, rows, series))
}

// choose takes what the flags ask for out of the suite.
func (o options) choose() ([]suite.Bench, error) {
	wanted, err := regexp.Compile(o.only)
	if err != nil {
		return nil, fmt.Errorf("-only %q: %w", o.only, err)
	}
	chosen := slices.DeleteFunc(all(), func(b suite.Bench) bool { return !wanted.MatchString(b.Name) || o.short && !b.Brief })
	if len(chosen) == 0 {
		return nil, fmt.Errorf("-only %q matches none of %s", o.only, strings.Join(names(all()), ", "))
	}
	return chosen, nil
}

func names(benches []suite.Bench) (names []string) {
	for _, b := range benches {
		names = append(names, b.Name)
	}
	return names
}

// all is every benchmark, in the order of the table.
func all() []suite.Bench {
	return slices.Concat(events.Suite(), fanin.Suite(), commands.Suite(), footprint.Suite())
}
