package events

import (
	"fmt"
	"slices"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// sizes are how many controllers share the same 10,000 events a second. The second is compared with the minimal process.
var sizes = []int{10, 100, 1_000, 9_000}

// paced is what an event costs at the rates of every day, and how that grows with the controllers.
func paced() suite.Bench {
	rows := []*figure.Row{
		{Name: "events, 1,000/s, 100 controllers: CPU; limit: minimal cgo process", Unit: "us an event", Budget: figure.AtMost(1.3)},
		{Name: "events, 10,000/s, 100 controllers: CPU; limit: minimal cgo process", Unit: "us an event", Budget: figure.AtMost(1.3)},
		{Name: "events, 10,000/s, 100 controllers: library to app, p99", Unit: "ms", Budget: figure.Under(8)},
		{Name: "events, 10,000/s, 10 to 9,000 controllers: most CPU; limit: least", Unit: "us an event", Budget: figure.AtMost(1.15)},
	}
	growth := &figure.Series{Name: "CPU an event as controllers share 10,000/s"}
	for _, n := range sizes {
		row := &figure.Row{Name: fmt.Sprintf("events, 10,000/s, %d controllers: CPU", n), Unit: "us an event"}
		rows = append(rows, row)
		growth.Points = append(growth.Points, figure.Point{Size: n, Row: row})
	}
	return suite.Bench{Name: "events-paced", Rows: rows, Series: []*figure.Series{growth}, Run: runPaced}
}

func runPaced(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	const program = "driver-waiting"
	slow := source{100, "1000"}
	oursSlow, err := drive(s, program, slow, stage.Steady, long/2)
	if err != nil {
		return nil, err
	}
	leastSlow, err := limit(s, "minimal", slow.settings(), long/2)
	if err != nil {
		return nil, err
	}
	var costs []float64
	var shown []figure.Pair
	var ours flow
	for _, n := range sizes {
		begun := stage.Steady
		if n <= slow.controllers { // each window is full, and acknowledged, many times a second
			begun = warmUp
		}
		f, err := drive(s, program, source{n, "10000"}, begun, long/2)
		if err != nil {
			return nil, err
		}
		if n == slow.controllers {
			ours = f
		}
		costs, shown = append(costs, f.cpu), append(shown, figure.Pair{Ours: f.cpu})
	}
	least, err := limit(s, "minimal", source{slow.controllers, "10000"}.settings(), long/2)
	if err != nil {
		return nil, err
	}
	return append([]figure.Pair{
		{Ours: oursSlow.cpu, Limit: leastSlow.cpu},
		{Ours: ours.cpu, Limit: least.cpu},
		{Ours: milliseconds(ours.latency.P99)},
		{Ours: slices.Max(costs), Limit: slices.Min(costs)},
	}, shown...), nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
