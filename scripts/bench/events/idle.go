package events

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// idle is what controllers cost that are attached and say nothing.
func idle() suite.Bench {
	const what = "idle, 9,000 silent controllers, no link polls: "
	return suite.Bench{
		Name: "events-idle",
		Rows: []*figure.Row{
			{Name: what + "library that can wait", Unit: "% of a core", Budget: figure.Under(1)},
			{Name: what + "polled library, on top", Unit: "% of a core", Budget: figure.Under(0.5)},
		},
		Run: runIdle,
	}
}

func runIdle(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	from := source{controllers: 9_000, rate: silent}
	waiting, err := drive(s, "driver-waiting", from, stage.Steady, long/2)
	if err != nil {
		return nil, err
	}
	polled, err := drive(s, "driver-polled", from, stage.Steady, long/2)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{{Ours: waiting.busy}, {Ours: polled.busy - waiting.busy}}, nil
}
