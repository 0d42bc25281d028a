package e2e

import (
	"fmt"
	"testing"
	"time"
)

// Panels that the app does not know are kept connected as it says, up to a number, and nothing of them is stored. When
// it knows them they are served.
func TestStrangers(t *testing.T) {
	s := startSystem(t, 0)
	s.app.stop(10 * time.Second)
	s.app.flags = []string{"-admit", fmt.Sprint(firstSerial, ",", firstSerial+1), "-quarantine"}
	s.app.start(t)
	d := aDriver(t, s.app.port, s.redis.port, "QUARANTINE=2").start(t)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), 5, "-scenario", "rush", "-transactions", "50", "-rate", "50")
	eventually(t, 20*time.Second, "two are served, two wait, and one is sent away each time", func() error {
		if n := d.metric("mercury_controllers_refused_total"); n < 2 {
			return fmt.Errorf("%d were refused", n)
		}
		if n := d.metric("mercury_controllers_quarantined"); n != 2 {
			return fmt.Errorf("%d are in quarantine", n)
		}
		return d.serves(2)
	})
	if n := s.app.count(`SELECT count(*) FROM events WHERE serial > ?`, firstSerial+1); n > 0 {
		t.Errorf("%d events of strangers are stored", n)
	}

	s.app.stop(10 * time.Second)
	s.app.flags = nil
	s.app.start(t)
	f.settle(30 * time.Second)
	eventually(t, 10*time.Second, "all are served", func() error { return d.serves(5) })
	if n := d.metric("mercury_controllers_quarantined"); n != 0 {
		t.Errorf("%d are in quarantine", n)
	}
}
