//go:build chaos

package e2e

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"mercury-driver/scripts/e2e/oracle"
)

// While the app stands still, until every panel has logged fifty windows, the driver keeps no more than the credit,
// commands are carried out for as long as its leases run, and their replies are never held up. Then it catches up.
func TestChaosStalledApp(t *testing.T) {
	const panels, rate = 10, 3200 // transactions a second, of all panels
	windows := scaled(50, 5)
	s := startSystem(t, 1)
	d := s.drivers[0]
	f := startFleet(t, loopback(d.port), panels, "-scenario", "rush", "-rate", fmt.Sprint(rate))
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))
	eventually(t, 15*time.Second, "transactions flow", func() error { return s.app.has(rate) })

	before := f.progress().Logged
	sent := s.stall(t, window*panels, func() error {
		if n := f.progress().Logged - before; n < windows*window*panels {
			return fmt.Errorf("the panels logged %d transactions, %d windows of each are %d", n, windows, windows*window*panels)
		}
		return nil
	}, firstSerial, firstSerial+1, firstSerial+2)
	s.catchesUp(t, f)
	v := s.judge(t, f, sent)
	if v.Transactions < windows*window*panels || v.Outcomes["done"] < panels+len(sent) {
		t.Errorf("too little happened: %d transactions, commands %v", v.Transactions, v.Outcomes)
	}
}

// catchesUp has the panels log nothing more, and waits until the app has everything.
func (s *system) catchesUp(t *testing.T, f *fleet) {
	t.Helper()
	tell(t, "the app goes on")
	since := time.Now()
	f.stop(10 * time.Second)
	f.start(t, "-scenario", "idle")
	within(t, "the panels have handed on what they logged meanwhile", time.Minute, since, f.atRest)
	f.settle(10 * time.Second)
	eventually(t, 15*time.Second, "the app has ended all commands", s.app.endedAll)
}

// The same on a library that has no bound for what a controller reports: it can be wound back and paused. Its
// controller says its log as fast as it is asked.
func TestChaosStalledAppCarefulLibrary(t *testing.T) {
	const window = 32
	s := startMPLSystem(t, fmt.Sprint("WINDOW=", window))
	eventually(t, 10*time.Second, "transactions flow", func() error { return s.logged(0, 1) })
	stored := s.app.count(storedIn, 0)
	tell(t, "the app stops with %d of %d transactions stored", stored, pretendLog)
	if left := pretendLog - stored; left < 50*window {
		t.Errorf("only %d transactions are left, fifty windows are more", left)
	}
	over := time.Now().Add(12 * time.Second) // longer than a lease lasts
	sent := s.stall(t, 2*window, func() error {
		if left := time.Until(over); left > 0 {
			return fmt.Errorf("%v are left", left)
		}
		return nil
	}, 70001)
	tell(t, "the app goes on")
	within(t, "the panel has handed on what it logged", time.Minute, time.Now(), func() error { return s.logged(0, pretendLog) })
	checkLog(t, s, 0, pretendLog)
	if n := s.app.count(`SELECT count(*) FROM gaps`); n > 0 {
		t.Errorf("%d gaps are reported, nothing is missing", n)
	}
	eventually(t, 10*time.Second, "the results of the stall are stored", func() error {
		if n := s.app.count(`SELECT count(*) FROM results WHERE outcome = 'done'`); n != len(sent) {
			return fmt.Errorf("%d of %d are", n, len(sent))
		}
		return nil
	})
}

// stalledRSS is as much memory as the driver may have while the app stands still, whatever the panels log.
const stalledRSS = memory(48 << 20)

// stall stops the app until it is enough; the driver keeps so many transactions at most meanwhile. In its first seconds, in
// which the leases still run, a command is published each second for each of these controllers: all must be done.
func (s *system) stall(t *testing.T, kept int, enough func() error, serials ...uint64) (sent []oracle.Sent) {
	t.Helper()
	d, began := s.drivers[0], time.Now()
	done := d.metric(`mercury_commands_total{outcome="done"}`)
	tell(t, "the app stands still; the driver has %v", d.rss())
	s.app.signal(syscall.SIGSTOP)
	defer s.app.signal(syscall.SIGCONT)
	for ; time.Since(began) < 6*time.Second; time.Sleep(time.Second) {
		for _, serial := range serials {
			sent = append(sent, s.redis.publishCard(serial))
		}
		d.keepsLittle(t, kept)
	}
	within(t, "commands are done while the app stands still", 5*time.Second, time.Now(), func() error {
		return d.counts(`mercury_commands_total{outcome="done"}`, done+len(sent))
	})
	eventually(t, 3*time.Minute, "the app has stood still for long enough", func() error {
		d.keepsLittle(t, kept)
		return enough()
	})
	tell(t, "it did so for %v", time.Since(began).Round(time.Second))
	return sent
}

// keepsLittle enters what the driver keeps for an app that takes nothing.
func (d *driver) keepsLittle(t *testing.T, transactions int) {
	const own = 50 // events of the driver's own
	keep(t, "memory of the driver while the app stores nothing", stalledRSS, d.rss())
	keep(t, "events that the driver keeps for the app", number(transactions+own), number(d.metric("mercury_events_unacked")))
}

// rss is how much memory it has right now.
func (d *driver) rss() memory {
	d.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", d.pid()))
	var all, resident int64 // pages
	if err == nil {
		_, err = fmt.Sscan(string(text), &all, &resident)
	}
	if err != nil {
		d.t.Fatalf("memory of %s: %v", d.name, err)
	}
	return memory(resident * int64(os.Getpagesize()))
}
