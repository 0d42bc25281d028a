package footprint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
	"mercury-driver/sim/fleet/control"
	"mercury-driver/sim/fleet/fault"
)

const (
	crowded = 9000
	// living are panels of this process beside the crowd, which stay while that goes and comes.
	living = 300
)

// crowd is a driver with many silent controllers, before and while they all lose their links and dial again.
func crowd() suite.Bench {
	return suite.Bench{Name: "footprint crowd", Rows: []*figure.Row{
		{Name: fmt.Sprintf("memory a controller, %d attached", crowded), Unit: "KB", Budget: figure.Under(6)},
		{Name: fmt.Sprintf("link polls of %d silent controllers, 1/s each", crowded), Unit: "% of a core"},
		{Name: fmt.Sprintf("%d controllers reconnect at once, until all are admitted", crowded), Unit: "s", Budget: figure.Under(10)},
		{Name: "the same, commands to those that stayed, p99", Unit: "ms", Budget: figure.Under(50)},
		{Name: fmt.Sprintf("%d controllers reconnect at once, most memory; limit: before", crowded), Unit: "MB", Budget: figure.AtMost(1.5)},
	}, Run: measureCrowd}
}

func measureCrowd(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	d, err := s.driver()
	if err != nil {
		return nil, err
	}
	none, err := d.Anon()
	if err != nil {
		return nil, err
	}
	panels, err := s.gather(d)
	if err != nil {
		return nil, err
	}
	steady, load, err := s.rest(d, long)
	if err != nil {
		return nil, err
	}
	live, err := s.live(d)
	if err != nil {
		return nil, err
	}
	defer live.leave()
	storm, err := s.storm(d, panels, live)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{
		{Ours: perController(steady - none)}, {Ours: load},
		{Ours: storm.took.Seconds()}, {Ours: float64(storm.late) / float64(time.Millisecond)},
		{Ours: megabytes(storm.most), Limit: megabytes(storm.before)},
	}, nil
}

// gather runs the crowd, and waits until it is served.
func (s *scene) gather(d *stage.Driver, flags ...string) (control.Client, error) {
	port, err := stage.Port()
	if err != nil {
		return control.Client{}, err
	}
	panels, drivers := control.Client{Address: stage.Loopback(port)}, []*stage.Driver{d}
	if _, err := s.fleet(drivers, crowded, append(flags, "-control", panels.Address)...); err != nil {
		return panels, err
	}
	return panels, s.served(drivers, crowded)
}

// rest is what a driver has of memory, in KiB, and uses of a core, in percent, while nothing happens but polls, and
// that each controller is told what the app has of its coming.
func (s *scene) rest(d *stage.Driver, long time.Duration) (kib, percent float64, err error) {
	if err := s.Pause(settled); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	before, err := d.CPU()
	if err != nil {
		return 0, 0, err
	}
	if kib, err = s.held(d, long); err != nil {
		return 0, 0, err
	}
	after, err := d.CPU()
	return kib, 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// storm is how all panels of a crowd came back at once.
type storm struct {
	took         time.Duration // until all were admitted again
	late         time.Duration // p99 of commands meanwhile
	before, most float64       // memory, KiB
}

func (s *scene) storm(d *stage.Driver, panels control.Client, live *live) (storm, error) {
	var found storm
	counts, err := s.app.Counts()
	if err != nil {
		return found, err
	}
	if found.before, err = d.Anon(); err != nil {
		return found, err
	}
	parts, ctx := errgroup.WithContext(s.Context)
	ctx, over := context.WithCancel(ctx)
	defer over()
	parts.Go(func() error { return live.command(ctx) })
	began := time.Now()
	if _, err = panels.Start(ctx, fault.Spec{Kind: "drop"}); err == nil {
		err = s.Until(time.Minute, sampled, func() error {
			if found.most, err = more(d, found.most); err != nil {
				return err
			}
			return s.back(counts.Admitted)
		})
	}
	found.took, found.late = time.Since(began), live.late()
	over()
	return found, errors.Join(err, parts.Wait())
}

// back fails until the crowd was admitted again, after so many admissions, and all controllers are online.
func (s *scene) back(before uint64) error {
	now, err := s.app.Counts()
	if again := now.Admitted - before; err == nil && (again < crowded || now.Online < crowded+living) {
		err = fmt.Errorf("%d of %d controllers were admitted again, %d are online", again, crowded, now.Online)
	}
	return err
}
