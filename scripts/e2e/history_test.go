package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mercury-driver/scripts/e2e/oracle"
)

// What the panels and the app do not have in common ends in the right events and in explicit gaps: nothing is missing
// in silence.
func TestHistories(t *testing.T) {
	h := histories{startSystem(t, 1), t}
	t.Run("the log has wrapped before the first link", h.wrappedBefore)
	t.Run("the app was away", h.outage)
	t.Run("the panel is one of an older day", h.olderDay)
	t.Run("the app has lost its database", h.lostDatabase)
}

// histories is a system of one driver, in which each history has panels of its own.
type histories struct {
	*system
	whole *testing.T // all histories share the app
}

// The panels of the histories.
const (
	wrappedBefore = firstSerial + iota
	wrappedMeanwhile
	erasedMeanwhile
	ofOlderDay
	ofLostDatabase
)

// one is a fleet of one panel.
func (h histories) one(t *testing.T, serial uint64, flags ...string) *fleet {
	t.Helper()
	return startFleet(t, loopback(h.drivers[0].port), 1, append([]string{"-first-serial", fmt.Sprint(serial)}, flags...)...)
}

// gaps is how many there are of a panel for a cause.
func (h histories) gaps(serial uint64, cause string) int {
	return h.app.count(`SELECT count(*) FROM gaps WHERE serial = ? AND cause = ?`, serial, cause)
}

func (h histories) wrappedBefore(t *testing.T) {
	f := h.one(t, wrappedBefore, "-scenario", "backlog", "-transactions", "1000", "-log-capacity", "300")
	f.settle(30 * time.Second)
	f.account(t, h.app, 701) // with the panel's start
	if h.gaps(wrappedBefore, "wrapped") != 1 {
		t.Error("there is no gap")
	}
}

// outage is one in which a log wraps and another one is erased.
func (h histories) outage(t *testing.T) {
	wrapping := h.one(t, wrappedMeanwhile, "-scenario", "rush", "-transactions", "1500", "-rate", "300", "-log-capacity", "300")
	erased, c := startControlled(t, loopback(h.drivers[0].port), 1, "-first-serial", fmt.Sprint(erasedMeanwhile))
	swipe := func() { c.does("panel", fmt.Sprint(erasedMeanwhile), "swipe", "-reader", "1", "-card", "1001") }
	swipe()
	eventually(t, 15*time.Second, "that is stored", func() error {
		return errors.Join(h.app.storesOf(erasedMeanwhile, 2), h.app.storesOf(wrappedMeanwhile, 20))
	})
	h.app.kill()
	swipe()
	c.starts("erase", "-serial", fmt.Sprint(erasedMeanwhile))
	eventually(t, 10*time.Second, "it is erased", func() error {
		if p := c.panel(erasedMeanwhile); p.LogEpoch != 2 || p.Newest == 0 {
			return fmt.Errorf("%+v", p)
		}
		return nil
	})
	swipe()
	eventually(t, 20*time.Second, "the other one has logged all", func() error { return wrapping.has(300) })
	h.app.start(h.whole)

	t.Run("and a log erased", func(t *testing.T) {
		eventually(t, 30*time.Second, "the new log is stored", func() error {
			if p := c.panel(erasedMeanwhile); p.Newest < 2 || p.Acknowledged < p.Newest {
				return fmt.Errorf("%+v", p)
			}
			return nil
		})
		erased.account(t, h.app, 0) // the driver had it all
		anew := h.app.count(`SELECT count(*) FROM events WHERE serial = ? AND log_epoch = 2`, erasedMeanwhile)
		if h.gaps(erasedMeanwhile, "erased") != 1 || anew == 0 {
			t.Error("there is no gap, or no new log")
		}
	})
	t.Run("and a log wrapped", func(t *testing.T) {
		wrapping.settle(time.Minute)
		wrapping.account(t, h.app, 1)
		if h.gaps(wrappedMeanwhile, "wrapped") == 0 {
			t.Error("there is no gap")
		}
	})
}

// olderDay gives the panel's log back as it was before its newest transactions.
func (h histories) olderDay(t *testing.T) {
	journals := t.TempDir()
	live := func(transactions int) {
		f := h.one(t, ofOlderDay, "-log-dir", journals, "-scenario", "rush", "-rate", "200", "-transactions", fmt.Sprint(transactions))
		f.settle(30 * time.Second)
		f.stop(10 * time.Second)
	}
	live(50)
	old := copied(t, journals)
	live(100)
	newest := func() int { return h.app.count(`SELECT max(idx) FROM events WHERE serial = ?`, ofOlderDay) }
	ahead := newest()
	journals = old
	live(20) // under names that the app has
	if gaps := h.gaps(ofOlderDay, "app ahead"); gaps == 0 || newest() != ahead {
		t.Errorf("%d gaps; the newest was %d, and is %d", gaps, ahead, newest())
	}
	live(200)
	missing := h.app.count(`SELECT max(idx) - count(*) FROM events WHERE serial = ? AND idx > 0`, ofOlderDay)
	if newest() <= ahead || missing != 0 {
		t.Errorf("the newest is %d, %d are missing", newest(), missing)
	}
}

func (h histories) lostDatabase(t *testing.T) {
	f := h.one(t, ofLostDatabase, "-scenario", "rush", "-transactions", "300", "-rate", "300")
	f.settle(30 * time.Second)
	lease := func() int { return h.app.count(`SELECT lease_epoch FROM leases WHERE serial = ?`, ofLostDatabase) }
	before := lease()
	h.app.kill()
	h.app.lose(h.whole)
	h.app.start(h.whole)
	eventually(t, 30*time.Second, "all is stored again", func() error { return h.app.storesOf(ofLostDatabase, 301) })
	f.account(t, h.app, 0)
	if after := lease(); after <= before {
		t.Errorf("lease epoch %d, the lost database gave out %d", after, before)
	}
	if all := h.app.count(`SELECT count(*) FROM gaps WHERE serial = ?`, ofLostDatabase); all > 0 {
		t.Errorf("%d gaps, though the panel has all", all)
	}
}

// lose deletes the database.
func (a *app) lose(t *testing.T) {
	t.Helper()
	files, _ := filepath.Glob(a.database + "*")
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	a.stored.Close()
	a.stored = nil
}

// account asks the oracle for what the fleet logged; at least so much of it is missing, as is known.
func (f *fleet) account(t *testing.T, a *app, least int) {
	t.Helper()
	missing, faults, err := oracle.Account(f.journals, a.database)
	if err != nil {
		t.Fatal(err)
	}
	mustHaveNone(t, faults)
	if missing < least {
		t.Errorf("%d are missing, want %d", missing, least)
	}
}

func (a *app) storesOf(serial uint64, least int) error {
	if n := a.count(`SELECT count(*) FROM events WHERE serial = ? AND idx > 0`, serial); n < least {
		return fmt.Errorf("%d of %d are stored", n, least)
	}
	return nil
}

// copied is a copy of a directory.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}
