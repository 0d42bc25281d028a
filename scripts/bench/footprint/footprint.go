// Package footprint measures what the driver costs while little happens: memory without and with controllers, the polls of
// their links, its start, and what becomes of all that when everybody dials in at once. Memory is RssAnon, which programs and
// files have no part in. Panels are those of other processes, over TCP.
package footprint

import (
	"time"

	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// Suite is what is measured of the footprint.
func Suite() []suite.Bench { return []suite.Bench{small(), crowd(), secured(), start(), many()} }

// settled is how long a driver has for what its controllers' coming left behind, before it is measured.
const settled = 3 * time.Second

// scene is what a driver needs on the stage.
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

func (s *scene) driver(settings ...string) (*stage.Driver, error) {
	return s.Driver("driver", s.app.Port, s.redis, settings...)
}
