package events

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// The controllers' windows, of 256, make up the credit, so that none is wanting: that of the reference app, and half of it.
var (
	usual  = source{controllers: 128, rate: full}
	narrow = source{controllers: 64, rate: full, credit: 16_384}
)

// fullSpeed is as many events as the driver carries.
func fullSpeed() suite.Bench {
	const what = "events, full speed, "
	return suite.Bench{
		Name: "events-full", Brief: true,
		Rows: []*figure.Row{
			{Name: what + "128 controllers, credit 32,768; limit: bare stream", Unit: "events/s",
				Budget: figure.AtLeast(0.8), Short: figure.AtLeast(0.5)},
			{Name: what + "CPU; limit: bare sender", Unit: "us an event", Budget: figure.AtMost(1.5), Short: figure.AtMost(1.9)},
			{Name: what + "CPU of the source, subtracted", Unit: "us an event"},
			{Name: what + "64 controllers, credit 16,384; limit: bare stream", Unit: "events/s",
				Budget: figure.AtLeast(0.8), Short: figure.AtLeast(0.5)},
		},
		Run: runFullSpeed,
	}
}

func runFullSpeed(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	ours, bare, err := beside(s, usual, long)
	if err != nil {
		return nil, err
	}
	own, err := sourceAlone(s, usual.controllers)
	if err != nil {
		return nil, err
	}
	oursNarrow, bareNarrow, err := beside(s, narrow, long/2)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{{Ours: ours.rate, Limit: bare.rate}, {Ours: ours.cpu - own, Limit: bare.cpu}, {Ours: own},
		{Ours: oursNarrow.rate, Limit: bareNarrow.rate}}, nil
}

func beside(s *stage.Stage, from source, long time.Duration) (ours, bare flow, err error) {
	if ours, err = drive(s, "driver-waiting", from, warmUp, long); err != nil {
		return ours, bare, err
	}
	bare, err = limit(s, "bare", from, long, "-controllers", strconv.Itoa(from.controllers))
	return ours, bare, err
}

// sourceAlone is what the library itself takes for one transaction of so many controllers where it never waits, in microseconds.
func sourceAlone(s *stage.Stage, controllers int) (us float64, err error) {
	const transactions = "10000000"
	p, err := s.Start("source", source{controllers: controllers, rate: full}.settings(), "source-alone", transactions)
	if err != nil {
		return 0, err
	}
	said, err := p.Result(startsWithin)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseFloat(strings.TrimSpace(said), 64)
	if err != nil {
		return 0, fmt.Errorf("the source alone says %q: %w", said, err)
	}
	return ns / 1e3, nil
}
