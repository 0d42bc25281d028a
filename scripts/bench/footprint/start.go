package footprint

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

const starts = 9

// start is how long a driver takes from its process's start until it says that it is ready, its neighbours being up.
func start() suite.Bench {
	return suite.Bench{Name: "footprint start", Brief: true, Rows: []*figure.Row{
		{Name: "start to ready", Unit: "ms", Budget: figure.Under(50)},
	}, Run: measureStart}
}

func measureStart(on *stage.Stage, _ time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	var took []float64
	for range starts {
		began := time.Now()
		d, err := s.driver()
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(began).Seconds()*1000)
		d.Kill()
	}
	return []figure.Pair{{Ours: figure.Median(took)}}, nil
}
