package e2e

import "testing"

// system is all that panels dial in to.
type system struct {
	redis   *redisServer
	app     *app
	drivers []*driver
}

// startSystem runs Redis, the app and so many drivers, with these settings beside the usual ones, and waits until
// all are ready.
func startSystem(t *testing.T, drivers int, settings ...string) *system {
	t.Helper()
	s := &system{redis: startRedis(t, freePort(t))}
	s.app = anApp(t, s.redis.port).start(t)
	for range drivers {
		s.drivers = append(s.drivers, aDriver(t, s.app.port, s.redis.port, settings...).start(t))
	}
	for _, d := range s.drivers {
		d.awaitReady()
	}
	return s
}
