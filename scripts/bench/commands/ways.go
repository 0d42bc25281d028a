package commands

import (
	"slices"
	"time"

	"mercury-driver/scripts/bench/stage"
)

// way is one that messages take: it takes one there, and says how long that took.
type way func() (time.Duration, error)

const (
	// pace is how often a message sets out. Its predecessor has arrived, unless it was late by more than that.
	pace = time.Millisecond
	// warmUp comes before what is counted.
	warmUp = 300 * time.Millisecond
)

// measure sends messages on all ways in turns for so long, and returns how long each took.
func measure(s *stage.Stage, long time.Duration, ways ...way) ([]latencies, error) {
	if _, err := alternate(s, warmUp, ways); err != nil {
		return nil, err
	}
	return alternate(s, long, ways)
}

func alternate(s *stage.Stage, long time.Duration, ways []way) ([]latencies, error) {
	took := make([]latencies, len(ways))
	tick := time.NewTicker(pace)
	defer tick.Stop()
	over := time.Now().Add(long)
	for i := 0; time.Now().Before(over) || i < len(ways); i++ {
		d, err := ways[i%len(ways)]()
		if err == nil {
			err = s.Context.Err()
		}
		if err != nil {
			return nil, err
		}
		took[i%len(ways)] = append(took[i%len(ways)], d)
		<-tick.C
	}
	for _, l := range took {
		slices.Sort(l)
	}
	return took, nil
}

// latencies are those of one way, ascending.
type latencies []time.Duration

// quantile is the latency that so many percent do not exceed, in microseconds.
func (l latencies) quantile(percent int) float64 {
	return float64(l[(len(l)*percent+99)/100-1]) / float64(time.Microsecond)
}
