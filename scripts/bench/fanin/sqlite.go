package fanin

import (
	"path/filepath"
	"strconv"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/pace"
	"mercury-driver/scripts/bench/stage"
)

func (c *counted) runSQLite(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	through, err := c.take(s, long)
	if err != nil {
		return nil, err
	}
	ours, err := commit(s, long)
	if err != nil {
		return nil, err
	}
	bare, err := insert(s, ours.before, ours.events, long)
	if err != nil {
		return nil, err
	}
	return []figure.Pair{
		{Ours: ours.app.Rate},
		{Ours: ours.app.Rate, Limit: min(bare.Rate, through)},
		{Ours: ours.app.CPU, Limit: bare.CPU},
	}, nil
}

// commit has the panels' backlog stored by the reference app.
func commit(s *stage.Stage, long time.Duration) (driven, error) {
	redis, redisPort, err := s.Redis()
	if err != nil {
		return driven{}, err
	}
	defer redis.Kill()
	app, port, err := s.App(redisPort)
	if err != nil {
		return driven{}, err
	}
	defer app.Kill()
	return drive(s, app, port, redisPort, long)
}

// insert has the same stored by the app's store alone: so many events before those that are measured, and so many of these.
func insert(s *stage.Stage, before, events int, long time.Duration) (bare pace.Pace, err error) {
	dir, err := s.Dir()
	if err != nil {
		return bare, err
	}
	inserter, err := s.Start("inserter", nil, "inserter", "-db", filepath.Join(dir, "app.db"), "-controllers", strconv.Itoa(panels),
		"-before", strconv.Itoa(before), "-events", strconv.Itoa(events))
	if err != nil {
		return bare, err
	}
	err = result(inserter, long, &bare)
	return bare, err
}
