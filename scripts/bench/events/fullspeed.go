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

// fullSpeed is as many events as the driver carries. Its controllers' windows, of 256, make up the credit of the reference
// app, 16,384: so no credit is wanting.
func fullSpeed() suite.Bench {
	const what = "events, full speed, 64 controllers, WINDOW 256: "
	return suite.Bench{
		Name: "events-full", Brief: true,
		Rows: []*figure.Row{
			{Name: what + "limit: bare stream", Unit: "events/s", Budget: figure.AtLeast(0.8)},
			{Name: what + "CPU; limit: bare sender", Unit: "us an event", Budget: figure.AtMost(1.5)},
			{Name: what + "CPU of the source, subtracted", Unit: "us an event"},
		},
		Run: runFullSpeed,
	}
}

func runFullSpeed(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	from := source{64, full}
	ours, err := drive(s, "driver-waiting", from, warmUp, long)
	if err != nil {
		return nil, err
	}
	bare, err := limit(s, "bare", nil, long)
	if err != nil {
		return nil, err
	}
	own, err := sourceAlone(s, from)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{{Ours: ours.rate, Limit: bare.rate}, {Ours: ours.cpu - own, Limit: bare.cpu}, {Ours: own}}, nil
}

// sourceAlone is what the library itself takes for one transaction, in microseconds.
func sourceAlone(s *stage.Stage, from source) (us float64, err error) {
	const transactions = "10000000"
	p, err := s.Start("source", from.settings(), "source-alone", transactions)
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
