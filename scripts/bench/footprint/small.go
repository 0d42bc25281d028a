package footprint

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

const few = 100

// small is the memory of a driver that has little to do.
func small() suite.Bench {
	return suite.Bench{Name: "footprint small", Brief: true, Rows: []*figure.Row{
		{Name: "memory without controllers", Unit: "MB", Budget: figure.Under(6)},
		{Name: "memory with 100 controllers", Unit: "MB", Budget: figure.Under(8)},
	}, Run: measureSmall}
}

func measureSmall(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	d, err := s.driver()
	if err != nil {
		return nil, err
	}
	none, err := s.held(d, long/2)
	if err != nil {
		return nil, err
	}
	drivers := []*stage.Driver{d}
	if _, err := s.fleet(drivers, few); err != nil {
		return nil, err
	}
	if err := s.served(drivers, few); err != nil {
		return nil, err
	}
	some, err := s.held(d, long/2)
	return []figure.Pair{{Ours: megabytes(none)}, {Ours: megabytes(some)}}, err
}
