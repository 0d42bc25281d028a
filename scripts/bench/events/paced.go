package events

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// paced is what an event costs at the rates of every day.
func paced() suite.Bench {
	return suite.Bench{
		Name: "events-paced",
		Rows: []*figure.Row{
			{Name: "events, 1,000/s, 100 controllers: CPU; limit: minimal cgo process", Unit: "us an event", Budget: figure.AtMost(1.3)},
			{Name: "events, 10,000/s, 100 controllers: CPU; limit: minimal cgo process", Unit: "us an event", Budget: figure.AtMost(1.3)},
			{Name: "events, 10,000/s, 100 controllers: library to app, p99", Unit: "ms", Budget: figure.Under(8)},
		},
		Run: runPaced,
	}
}

func runPaced(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	var pairs []figure.Pair
	var ours flow
	for _, from := range []source{{controllers: 100, rate: "1000"}, {controllers: 100, rate: "10000"}} {
		var err error
		if ours, err = drive(s, "driver-waiting", from, stage.Steady, long/2); err != nil {
			return nil, err
		}
		least, err := limit(s, "minimal", from, long/2)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, figure.Pair{Ours: ours.cpu, Limit: least.cpu})
	}
	return append(pairs, figure.Pair{Ours: milliseconds(ours.latency.P99)}), nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
