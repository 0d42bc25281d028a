package events

import (
	"fmt"
	"slices"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// growth is what an event costs as more and more controllers share the same rate. Its drivers run side by side: what a machine
// asks for a wake-up changes by more, from one second to the next, than what is looked for here.
func growth() suite.Bench {
	rows := []*figure.Row{
		{Name: "events, 10,000/s, 10 to 9,000 controllers side by side: most CPU; limit: least", Unit: "us an event", Budget: figure.AtMost(1.15)},
	}
	line := &figure.Series{Name: "CPU an event as controllers share 10,000/s"}
	for _, n := range []int{10, 100, 1_000, 9_000} {
		row := &figure.Row{Name: fmt.Sprintf("events, 10,000/s, %d controllers, side by side: CPU", n), Unit: "us an event"}
		rows = append(rows, row)
		line.Points = append(line.Points, figure.Point{Size: n, Row: row})
	}
	rows = append(rows, &figure.Row{Name: "events, 10,000/s, side by side: most CPU of the source but its waits, subtracted", Unit: "us an event"})
	run := func(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
		return runGrowth(s, long, line.Points)
	}
	return suite.Bench{Name: "events-growth", Rows: rows, Series: []*figure.Series{line}, Run: run}
}

func runGrowth(s *stage.Stage, long time.Duration, points []figure.Point) ([]figure.Pair, error) {
	var own []float64 // of the source, by itself
	for _, p := range points {
		cpu, err := sourceAlone(s, p.Size)
		if err != nil {
			return nil, err
		}
		own = append(own, cpu)
	}
	var sizes []sending
	for _, p := range points {
		size, err := driven(s, "driver-waiting", source{controllers: p.Size, rate: "10000"})
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	if err := s.Pause(stage.Steady); err != nil {
		return nil, err
	}
	// Longer than a round of acknowledgements of a thousand controllers; those of more are spread evenly.
	flows, err := watch(s, 2*long, sizes...)
	if err != nil {
		return nil, err
	}
	var costs []float64
	var shown []figure.Pair
	for i, f := range flows {
		cost := f.cpu - own[i]
		costs, shown = append(costs, cost), append(shown, figure.Pair{Ours: cost})
	}
	most := figure.Pair{Ours: slices.Max(costs), Limit: slices.Min(costs)}
	return append(append([]figure.Pair{most}, shown...), figure.Pair{Ours: slices.Max(own)}), nil
}
