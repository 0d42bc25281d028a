package commands

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// outstanding is how many commands are under way, each to a controller of its own.
const outstanding = 20

// rate is how many commands a driver carries, beside a driver whose threads are plain goroutines.
func rate() suite.Bench {
	return suite.Bench{Name: "commands-rate", Brief: true, Rows: []*figure.Row{
		{Name: "commands, 20 outstanding, locked threads; limit: goroutines", Unit: "1/s",
			Budget: figure.AtLeast(0.8), Short: figure.AtLeast(0.48)},
		{Name: "CPU a command, 20 outstanding, locked threads; limit: goroutines", Unit: "us",
			Budget: figure.AtMost(1.5), Short: figure.AtMost(2.1)},
	}, Run: measureRate}
}

func measureRate(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	locked, lockedPanels, err := s.driver("driver", 100_001, outstanding)
	if err != nil {
		return nil, err
	}
	defer lockedPanels.leave()
	unlocked, unlockedPanels, err := s.driver(stage.Unlocked, 200_001, outstanding)
	if err != nil {
		return nil, err
	}
	defer unlockedPanels.leave()
	var ours, limit load
	for range 2 {
		if err := ours.add(locked, lockedPanels, long/2); err != nil {
			return nil, err
		}
		if err := limit.add(unlocked, unlockedPanels, long/2); err != nil {
			return nil, err
		}
	}
	return []figure.Pair{{Ours: ours.rate(), Limit: limit.rate()}, {Ours: ours.cost(), Limit: limit.cost()}}, nil
}

// load is what a driver carried.
type load struct {
	commands int
	span     time.Duration
	cpu      time.Duration
}

func (l *load) rate() float64 { return float64(l.commands) / l.span.Seconds() }
func (l *load) cost() float64 { return float64(l.cpu.Microseconds()) / float64(l.commands) }

// add lets a driver carry commands for so long.
func (l *load) add(d *stage.Driver, c *controllers, long time.Duration) error {
	if _, err := c.flood(warmUp); err != nil {
		return err
	}
	before, err := d.CPU()
	if err != nil {
		return err
	}
	began := time.Now()
	n, err := c.flood(long)
	if err != nil {
		return err
	}
	l.span += time.Since(began)
	l.commands += n
	after, err := d.CPU()
	l.cpu += after - before
	return err
}

// flood keeps a command under way to each controller, for so long, and returns how many there were.
func (c *controllers) flood(long time.Duration) (n int, err error) {
	over := time.Now().Add(long)
	for _, to := range c.leases {
		if err := c.add(to); err != nil {
			return 0, err
		}
	}
	for underWay := len(c.leases); underWay > 0; {
		if err := c.publisher.Flush(); err != nil {
			return n, err
		}
		for first := true; first || len(c.moved) > 0; first = false {
			r, err := c.awaitRelay()
			if err != nil {
				return n, err
			}
			n++
			if time.Now().After(over) {
				underWay--
			} else if err := c.add(c.leases[r.of]); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}
