package e2e

import (
	"net/http"
	"testing"
	"time"
)

// A driver that starts before Redis and the app says what is missing, and controllers wait with it: they
// stay connected, and keep their transactions until somebody stores them.
func TestStartWithoutRedisAndApp(t *testing.T) {
	const noApp, noRedis = "no stream to the vendor app", "no connection to Redis"
	redisPort := freePort(t)
	a := anApp(t, redisPort)
	d := aDriver(t, a.port, redisPort).start(t)
	f := startFleet(t, loopback(d.port), 3, "-scenario", "rush", "-transactions", "60", "-rate", "60")
	eventually(t, 15*time.Second, "the panels raise all", func() error { return f.has(60) })
	eventually(t, 5*time.Second, "the title names the panels", func() error { return d.shows([]uint64{61000, 61001, 61002}) })
	for _, missing := range []string{noApp, noRedis} {
		if err := d.answers("/readyz", http.StatusServiceUnavailable, missing); err != nil {
			t.Error(err)
		}
	}
	if err := d.answers("/healthz", http.StatusOK, "ok"); err != nil {
		t.Error(err)
	}

	a.start(t)
	eventually(t, 15*time.Second, "the app has all transactions", f.atRest)
	if n := a.count(`SELECT count(*) FROM events WHERE idx > 0`); n < 60 {
		t.Errorf("the app has %d transactions", n)
	}
	if err := d.answers("/readyz", http.StatusServiceUnavailable, noRedis); err != nil {
		t.Error(err)
	}

	startRedis(t, redisPort)
	d.awaitReady()
	eventually(t, 10*time.Second, "the panels hear commands", func() error { return a.hasOnline(3) })
	if err := a.unlock(firstSerial); err != nil {
		t.Error(err)
	}
	if n := f.progress().Links; n != 3 {
		t.Errorf("%d links: the panels did not stay connected", n)
	}
}
