package commands

import (
	"fmt"
	"strconv"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

const (
	all = 10_000
	// fleetSize is as many panels as one process of them has.
	fleetSize = 5000
)

// noPolls lets 10,000 controllers cause as much poll traffic as 10: none. The first commands find links that have said
// nothing since they were attached.
var noPolls = []string{"MERCURY_SIM_POLL=24h", "LINK_FRESH=1m"}

// many is a command to a driver that has as many controllers as it takes, beside one that has few. Both are there at once
// and get commands in turns, so that whatever else the machine does meets both alike.
func many() suite.Bench {
	row := func(quantile string) *figure.Row {
		return &figure.Row{Name: fmt.Sprintf("command to relay, %d controllers, no link polls, %s; limit: %d", all, quantile, few),
			Unit: "us", Budget: figure.AtMost(1.2)}
	}
	return suite.Bench{Name: "commands-many", Rows: []*figure.Row{row("p50"), row("p99")}, Run: measureMany}
}

func measureMany(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	crowded, err := s.crowded(all - few)
	if err != nil {
		return nil, err
	}
	ours, err := s.attach(crowded, all-few, 100_001, few)
	if err != nil {
		return nil, err
	}
	defer ours.leave()
	_, beside, err := s.driver("driver", 101_001, few, noPolls...)
	if err != nil {
		return nil, err
	}
	defer beside.leave()
	took, err := measure(on, 2*long, ours.named, beside.named)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{
		{Ours: took[0].quantile(50), Limit: took[1].quantile(50)},
		{Ours: took[0].quantile(99), Limit: took[1].quantile(99)},
	}, nil
}

// crowded runs a driver that has so many controllers of other processes.
func (s *scene) crowded(controllers int) (*stage.Driver, error) {
	d, err := s.Driver("driver", s.app.Port, s.redis, noPolls...)
	if err != nil {
		return nil, err
	}
	for first := 0; first < controllers; first += fleetSize {
		if _, err := s.fleet(d, 200_001+first, min(fleetSize, controllers-first), "-scenario", "idle"); err != nil {
			return nil, err
		}
	}
	return d, s.heard(d, controllers)
}

// fleet runs panels as a process of their own.
func (s *scene) fleet(d *stage.Driver, firstSerial, panels int, life ...string) (*stage.Process, error) {
	return s.Start("fleet", nil, "mercury-sim", append([]string{"fleet", "-connect", stage.Loopback(d.Port),
		"-first-serial", strconv.Itoa(firstSerial), "-panels", strconv.Itoa(panels)}, life...)...)
}
