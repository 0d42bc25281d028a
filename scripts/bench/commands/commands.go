// Package commands measures the way of a command: from the moment before it is published to the one behind which the
// panel's relay has moved, over real Redis, driver and TCP. Who publishes and the panels that are measured are in this
// process, so that one clock sees both ends.
package commands

import (
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// Suite is what is measured of commands.
func Suite() []suite.Bench { return []suite.Bench{idle(), many(), busy(), rate()} }

// few is how many controllers there are where their number does not matter.
const few = 10

// scene is what all of them need on the stage.
type scene struct {
	*stage.Stage
	redis int
	app   *stage.Counter
}

func newScene(s *stage.Stage) (*scene, error) {
	_, redis, err := s.Redis()
	if err != nil {
		return nil, err
	}
	app, err := s.Counter(0)
	return &scene{s, redis, app}, err
}

// driver runs a driver program on the scene, with so many panels of this process. settings are KEY=value.
func (s *scene) driver(program string, firstSerial uint64, panels int, settings ...string) (*stage.Driver, *controllers, error) {
	d, err := s.Driver(program, s.app.Port, s.redis, settings...)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.attach(d, 0, firstSerial, panels)
	return d, c, err
}
