package commands

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

const (
	eventRate = 20_000 // a second
	// reporting is how many panels raise them.
	reporting = 1000
)

// busy is a command to a driver that brings the vendor app many events, beside one that is idle.
func busy() suite.Bench {
	return suite.Bench{Name: "commands-busy", Rows: []*figure.Row{
		{Name: fmt.Sprintf("command to relay, during %d events/s of %d controllers, p99; limit: idle", eventRate, reporting), Unit: "us",
			Budget: figure.AtMost(3)},
	}, Run: measureBusy}
}

func measureBusy(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	d, c, err := s.driver("driver", 100_001, few)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	beside, err := measure(on, long, c.named)
	if err != nil {
		return nil, err
	}
	_, err = s.fleet(d, 200_001, reporting, "-scenario", "rush", "-rate", strconv.Itoa(eventRate))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.heard(d, few+reporting), s.Pause(settled)); err != nil {
		return nil, err
	}
	ours, err := s.during(long, c.named)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{{Ours: ours.quantile(99), Limit: beside[0].quantile(99)}}, nil
}

// during measures a way, and that the app gets the events meanwhile.
func (s *scene) during(long time.Duration, w way) (latencies, error) {
	before, err := s.app.Counts()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	took, err := measure(s.Stage, long, w)
	if err != nil {
		return nil, err
	}
	span := time.Since(began)
	after, err := s.app.Counts()
	if err != nil {
		return nil, err
	}
	if rate := float64(after.Events-before.Events) / span.Seconds(); rate < 0.9*eventRate {
		return nil, fmt.Errorf("only %.0f events/s came, want %d", rate, eventRate)
	}
	return took[0], nil
}
