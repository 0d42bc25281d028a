package e2e

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// gracePeriod is the drivers' default of GRACE_PERIOD.
const gracePeriod = 20 * time.Second

// A driver that is told to end leaves nothing half done: what the panels reported is stored, and they are told so,
// so that they repeat nothing elsewhere.
func TestDrainUnderLoad(t *testing.T) {
	s := startSystem(t, 1)
	d := s.drivers[0]
	f := startFleet(t, loopback(d.port), 10, "-scenario", "storm", "-transactions", "3000", "-rate", "300")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(10) })
	eventually(t, 15*time.Second, "transactions flow", func() error { return s.app.has(1000) })
	since := time.Now()
	d.stop(gracePeriod)
	keep(t, "SIGTERM under load ends the driver with 0 after", span(gracePeriod), span(time.Since(since)))
	if err := s.app.hasOnline(0); err != nil {
		t.Errorf("after the drain: %v", err)
	}
	before := s.app.transactions()

	d.start(t).awaitReady()
	eventually(t, 15*time.Second, "the panels are online again", func() error { return s.app.hasOnline(10) })
	f.settle(time.Minute)
	forwarded, stored := d.metric("mercury_events_forwarded_total"), s.app.transactions()
	keep(t, "transactions that are reported a second time after a drain", number(0), number(forwarded-(stored-before)))
	if before < 1000 || stored < 3000 {
		t.Errorf("%d transactions are stored, %d of them before the drain: too few", stored, before)
	}
}

// transactions is how many are stored.
func (a *app) transactions() int { return a.count(`SELECT count(*) FROM events WHERE idx > 0`) }

// has fails unless so many transactions are stored.
func (a *app) has(transactions int) error {
	if n := a.transactions(); n < transactions {
		return fmt.Errorf("%d of %d transactions are stored", n, transactions)
	}
	return nil
}

// A command that is published while a driver drains is answered by it, or heard by nobody: Redis may take its time
// to learn that nobody listens here any more, and so may a command that is on its way.
func TestCommandPublishedDuringADrain(t *testing.T) {
	s := startSystem(t, 0)
	m := startMeddler(t, loopback(s.redis.port))
	d := aDriver(t, s.app.port, s.redis.port, "REDIS_URL=redis://"+m.addr).start(t)
	d.awaitReady()
	startFleet(t, loopback(d.port), 1, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panel is online", func() error { return s.app.hasOnline(1) })
	letGo := m.hold()
	d.signal(syscall.SIGTERM)
	eventually(t, 5*time.Second, "it drains", func() error { return d.answers("/readyz", http.StatusServiceUnavailable, "draining") })
	if heard := s.redis.publish(61000, `{"id":"late","unlock":{"door":1}}`); heard != 1 {
		t.Errorf("the command was heard by %d processes, want the draining one", heard)
	}
	letGo()
	if code := d.exit(20 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if n := s.app.count(`SELECT count(*) FROM results WHERE id = 'late' AND outcome = 'refused'`); n != 1 {
		t.Errorf("%d refusals are stored, want the draining driver's", n)
	}
}

// Without the app nothing can be acknowledged; the driver ends in its grace period all the same, and the panels
// keep their transactions.
func TestDrainWithoutTheApp(t *testing.T) {
	const grace = 4 * time.Second
	s := startSystem(t, 1, "GRACE_PERIOD="+grace.String())
	d := s.drivers[0]
	f := startFleet(t, loopback(d.port), 3, "-scenario", "rush", "-transactions", "300", "-rate", "60")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(3) })
	s.app.kill()
	eventually(t, 15*time.Second, "the panels raise all", func() error { return f.has(1) })
	d.stop(grace + time.Second) // the race detector takes that second at the end of each program
	s.app.start(t)
	d.start(t).awaitReady()
	f.settle(30 * time.Second)
}
