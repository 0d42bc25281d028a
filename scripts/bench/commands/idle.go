package commands

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// idle is a command to a driver that has nothing else to do, beside the two hops that it can't do without: through Redis
// to a subscriber, and over TCP.
func idle() suite.Bench {
	return suite.Bench{Name: "commands-idle", Brief: true, Rows: []*figure.Row{
		{Name: "command to relay, idle, p50; limit: PUBLISH to subscriber + TCP round trip", Unit: "us",
			Budget: figure.AtMost(2), Short: figure.AtMost(2.4)},
		{Name: "command to relay, idle, p99; limit: PUBLISH to subscriber + TCP round trip", Unit: "us",
			Budget: figure.AtMost(2.5), Short: figure.AtMost(5)},
		{Name: "command to relay, claimed in Redis, p50; limit: naming its lease", Unit: "us", Budget: figure.Compared()},
	}, Run: measureIdle}
}

func measureIdle(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	_, c, err := s.driver("driver", 100_001, few)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	h, err := s.hop()
	if err != nil {
		return nil, err
	}
	defer h.close()
	took, err := measure(on, 2*long, c.named, h.published, c.claimed, h.thereAndBack)
	if err != nil {
		return nil, err
	}
	named, published, claimed, thereAndBack := took[0], took[1], took[2], took[3]
	return []figure.Pair{
		{Ours: named.quantile(50), Limit: published.quantile(50) + thereAndBack.quantile(50)},
		{Ours: named.quantile(99), Limit: published.quantile(99) + thereAndBack.quantile(99)},
		{Ours: claimed.quantile(50), Limit: named.quantile(50)},
	}, nil
}
