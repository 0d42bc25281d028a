package fanin

import (
	"fmt"
	"strconv"
	"time"

	"mercury-driver/scripts/bench/pace"
	"mercury-driver/scripts/bench/stage"
)

const (
	servedWithin = 2 * time.Minute
	// warm is how long a load runs before it is measured.
	warm = time.Second
)

// load is panels that send their backlog through a driver to an app, at full speed.
type load struct {
	driver      *stage.Driver
	panels, app *stage.Process
}

// driven is the pace of events through a load, of each of its parts; so many came before it was measured, and then.
type driven struct {
	driver, panels, app pace.Pace
	before, events      int
}

// drive lets all panels dial a driver of its own, and measures them when all are served.
func drive(s *stage.Stage, app *stage.Process, port, redis int, long time.Duration) (driven, error) {
	driver, err := s.Driver("driver", port, redis, "WINDOW="+strconv.Itoa(window))
	if err != nil {
		return driven{}, err
	}
	defer driver.Kill()
	fleet, err := s.Start("fleet", nil, "mercury-sim", "fleet", "-connect", stage.Loopback(driver.Port),
		"-panels", strconv.Itoa(panels), "-scenario", "backlog", "-transactions", strconv.Itoa(panels*logged), "-seed", "1")
	if err != nil {
		return driven{}, err
	}
	defer fleet.Kill()
	return load{driver, fleet, app}.measure(s, long)
}

func (l load) measure(s *stage.Stage, long time.Duration) (driven, error) {
	if err := s.Until(servedWithin, 100*time.Millisecond, l.served); err != nil {
		return driven{}, err
	}
	if err := s.Pause(warm); err != nil {
		return driven{}, err
	}
	before, err := l.look()
	if err != nil {
		return driven{}, err
	}
	if err := s.Pause(long); err != nil {
		return driven{}, err
	}
	after, err := l.look()
	if most := panels * logged * 4 / 5; err == nil && after.acked > float64(most) {
		err = fmt.Errorf("%.0f transactions are through, more than %d: too few panels have any left", after.acked, most)
	}
	if err != nil {
		return driven{}, err
	}
	return after.since(before), nil
}

// served fails until all panels are.
func (l load) served() error {
	leased, err := l.driver.Metric("mercury_controllers_leased")
	if err == nil && leased != panels {
		err = fmt.Errorf("%.0f of %d controllers are served", leased, panels)
	}
	return err
}

// glance is how far a load has come at one moment.
type glance struct {
	at                  time.Time
	acked               float64 // events
	driver, panels, app time.Duration
}

func (l load) look() (g glance, err error) {
	g.at = time.Now()
	if g.acked, err = l.driver.Metric("mercury_events_acked_total"); err != nil {
		return g, err
	}
	if g.driver, err = l.driver.CPU(); err != nil {
		return g, err
	}
	if g.panels, err = l.panels.CPU(); err != nil {
		return g, err
	}
	g.app, err = l.app.CPU()
	return g, err
}

func (g glance) since(before glance) driven {
	events, span := g.acked-before.acked, g.at.Sub(before.at)
	return driven{pace.Of(events, span, g.driver-before.driver), pace.Of(events, span, g.panels-before.panels),
		pace.Of(events, span, g.app-before.app), int(before.acked), int(events)}
}
