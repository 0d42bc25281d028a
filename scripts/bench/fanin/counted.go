package fanin

import (
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
)

// counted is what comes through to an app that only counts, in the present run; zero: it was not measured yet.
type counted struct{ driven }

func (c *counted) run(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	if err := c.measure(s, long); err != nil {
		return nil, err
	}
	one, err := talk(s, 1, long)
	if err != nil {
		return nil, err
	}
	many, err := talk(s, together, long/2)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{
		{Ours: c.driver.Rate, Limit: one.Rate},
		{Ours: c.driver.Rate, Limit: many.Rate},
		{Ours: c.driver.CPU, Limit: one.CPU},
		{Ours: c.panels.CPU},
	}, nil
}

func (c *counted) measure(s *stage.Stage, long time.Duration) error {
	redis, port, err := s.Redis()
	if err != nil {
		return err
	}
	defer redis.Kill()
	counter, err := s.Counter(0)
	if err != nil {
		return err
	}
	defer counter.Kill()
	c.driven, err = drive(s, counter.Process, counter.Port, port, long/2) // in more the panels would have none left
	return err
}

// take is the rate of this run, which is measured now if the benchmark before was left out. The next run has its own.
func (c *counted) take(s *stage.Stage, long time.Duration) (rate float64, err error) {
	if c.driven == (driven{}) {
		err = c.measure(s, long)
	}
	rate, c.driven = c.driver.Rate, driven{}
	return rate, err
}
