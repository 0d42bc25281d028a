package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"mercury-driver/scripts/e2e/oracle"
)

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

// end stops all but Redis, each in its own way: nothing of a run is left to chance.
func (s *system) end(t *testing.T, f *fleet) {
	t.Helper()
	f.stop(10 * time.Second)
	for _, d := range s.drivers {
		d.signal(syscall.SIGTERM)
	}
	for _, d := range s.drivers {
		if code := d.exit(20 * time.Second); code != 0 {
			t.Errorf("%s ended with %d", d.name, code)
		}
	}
	s.app.stop(10 * time.Second)
}

// judge ends all but Redis, and asks the oracle, which must find no fault.
func (s *system) judge(t *testing.T, f *fleet, sent []oracle.Sent) *oracle.Verdict {
	t.Helper()
	s.end(t, f)
	v, err := oracle.Judge(f.journals, s.app.database, sent)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d transactions, %d commands: %v", v.Transactions, v.Commands, v.Outcomes)
	mustHaveNone(t, v.Faults)
	return v
}

// mustHaveNone enters the faults that the oracle found, and fails with the first of them.
func mustHaveNone(t *testing.T, faults []string) {
	t.Helper()
	keep(t, "faults that the oracle finds in the panels' journals and the app's tables", number(0), number(len(faults)))
	if len(faults) > 0 {
		t.Errorf("%d faults:\n%s", len(faults), strings.Join(faults[:min(len(faults), 20)], "\n"))
	}
}
