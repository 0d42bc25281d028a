package e2e

import (
	"fmt"
	"testing"
	"time"

	"mercury-driver/scripts/e2e/oracle"
)

const (
	panels       = 60
	transactions = 20_000
	commands     = 2_250 // a tenth of them down the stream, the others through Redis
	// window is the drivers' default.
	window = 256
)

// The main job, while one driver is killed and another is drained and both come back: panels dial one port, their
// transactions reach the app's database, commands reach the panels, and ps shows who is where.
func TestWholeSystem(t *testing.T) {
	s := startSystem(t, 3)
	f := startFleet(t, startBalancer(t, s.drivers, fewest), panels, "-scenario", "rush",
		"-transactions", fmt.Sprint(transactions), "-rate", "450", "-fault", "nak chance 2%")
	online := func() error { return s.app.hasOnline(panels) }
	eventually(t, 30*time.Second, "all panels are online", online)
	for _, d := range s.drivers {
		if n := len(s.app.online()[d.port]); n < panels/4 {
			t.Errorf("the balancer gave driver %d only %d controllers", d.port, n)
		}
	}

	o := startOrders(t, s, panels, commands)
	o.await(commands / 4)
	killed := time.Now()
	s.drivers[0].kill()
	eventually(t, 30*time.Second, "all panels are online without the killed driver", online)
	s.drivers[0].start(t).awaitReady()
	o.await(commands / 2)
	s.drivers[1].stop(20 * time.Second) // the grace period
	eventually(t, 30*time.Second, "all panels are online without the drained driver", online)
	s.drivers[1].start(t).awaitReady()

	sent := o.end()
	f.settle(2 * time.Minute)
	eventually(t, 10*time.Second, "all panels are online at the end", online)
	checkTitles(t, s)
	if p := f.progress(); p.Ahead > window {
		t.Errorf("a panel sent %d transactions beyond the acknowledged ones, the window is %d", p.Ahead, window)
	}
	judge(t, s.judge(t, f, sent), killed)
}

// checkTitles compares what ps shows with where the app has the controllers.
func checkTitles(t *testing.T, s *system) {
	t.Helper()
	served := 0
	for _, d := range s.drivers {
		eventually(t, 2*time.Second, "the title is true", func() error { return d.shows(s.app.online()[d.port]) })
		if len(s.app.online()[d.port]) > 0 {
			served++
		}
	}
	if served < 2 {
		t.Errorf("%d drivers have controllers: the titles of the others show nothing", served)
	}
}

// judge looks at what the oracle found. Only what was under way when the driver was killed may have no known end.
func judge(t *testing.T, v *oracle.Verdict, killed time.Time) {
	t.Helper()
	if v.Transactions < transactions || v.Commands != commands || v.Outcomes["done"] < commands*3/4 {
		t.Errorf("too little happened: want %d transactions, %d commands and most of them done", transactions, commands)
	}
	for _, u := range v.Unknown {
		if u.At.Sub(killed).Abs() > 5*time.Second {
			t.Errorf("command %s of %v has no known end; the driver was killed at %v", u.ID, u.At, killed)
		}
	}
}
