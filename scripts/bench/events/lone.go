package events

import (
	"encoding/json"
	"fmt"
	"time"

	"mercury-driver/scripts/bench/counting"
	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// lone is how long one event is on its way when the stream is idle: one each 10 ms.
func lone() suite.Bench {
	return suite.Bench{
		Name: "events-lone", Brief: true,
		Rows: []*figure.Row{
			{Name: "lone event: library to app, p99; limit: 2 x bare round trip, p99, + 1 ms", Unit: "ms",
				Budget: figure.AtMost(1), Short: figure.AtMost(1)},
			{Name: "lone event: library to app, p50; beside it: bare round trip, p50", Unit: "ms",
				Budget: figure.Compared(), Short: figure.AtMost(2)},
		},
		Run: runLone,
	}
}

func runLone(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	ours, err := drive(s, "driver-waiting", source{controllers: 100, rate: "100"}, warmUp, long)
	if err != nil {
		return nil, err
	}
	trips, err := roundTrips(s, long)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{
		{Ours: milliseconds(ours.latency.P99), Limit: 2*milliseconds(trips.P99) + 1},
		{Ours: milliseconds(ours.latency.P50), Limit: milliseconds(trips.P50)},
	}, nil
}

// roundTrips is those of one event on a bare stream.
func roundTrips(s *stage.Stage, long time.Duration) (trips counting.Spread, err error) {
	counter, err := s.Counter(0)
	if err != nil {
		return trips, err
	}
	defer counter.Kill()
	bare, err := s.Start("bare", nil, "bare", "-app", stage.Loopback(counter.Port), "-lone", long.String())
	if err != nil {
		return trips, err
	}
	said, err := bare.Result(long + startsWithin)
	if err != nil {
		return trips, err
	}
	if err := json.Unmarshal([]byte(said), &trips); err != nil {
		return trips, fmt.Errorf("bare says %q: %w", said, err)
	}
	return trips, nil
}
