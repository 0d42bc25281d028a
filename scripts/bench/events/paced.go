package events

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// shared is how many controllers share the rates of every day.
const shared = 100

// paced is what an event costs at the rates of every day.
func paced() suite.Bench {
	return suite.Bench{
		Name: "events-paced",
		Rows: []*figure.Row{
			{Name: "events, 1,000/s, 100 controllers: CPU; limit: minimal cgo process", Unit: "us an event", Budget: figure.AtMost(1.3)},
			{Name: "events, 10,000/s, 100 controllers: CPU; limit: minimal cgo process", Unit: "us an event", Budget: figure.AtMost(1.3)},
			{Name: "events, 100 controllers: CPU of the source but its waits, subtracted on both sides", Unit: "us an event"},
			{Name: "events, 10,000/s, 100 controllers: library to app, p99", Unit: "ms", Budget: figure.Under(8)},
		},
		Run: runPaced,
	}
}

func runPaced(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	slow, leastSlow, err := besideMinimal(s, "1000", long/2)
	if err != nil {
		return nil, err
	}
	fast, leastFast, err := besideMinimal(s, "10000", long/2)
	if err != nil {
		return nil, err
	}
	own, err := sourceAlone(s, shared)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{
		{Ours: slow.cpu - own, Limit: leastSlow.cpu - own},
		{Ours: fast.cpu - own, Limit: leastFast.cpu - own},
		{Ours: own},
		{Ours: milliseconds(fast.latency.P99)},
	}, nil
}

func besideMinimal(s *stage.Stage, rate string, long time.Duration) (ours, least flow, err error) {
	from := source{controllers: shared, rate: rate}
	if ours, err = drive(s, "driver-waiting", from, warmUp, long); err != nil {
		return ours, least, err
	}
	least, err = limit(s, "minimal", from, long)
	return ours, least, err
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
