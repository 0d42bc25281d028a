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
	s := startSystem(t, 1)
	d := s.drivers[0]
	serial := uint64(firstSerial)
	// a fleet of one panel, which is not the one of another test.
	one := func(t *testing.T, flags ...string) *fleet {
		return startFleet(t, loopback(d.port), 1, append([]string{"-first-serial", fmt.Sprint(serial)}, flags...)...)
	}
	gaps := func(cause string) int {
		return s.app.count(`SELECT count(*) FROM gaps WHERE serial = ? AND cause = ?`, serial, cause)
	}

	t.Run("the log has wrapped before the first link", func(t *testing.T) {
		f := one(t, "-scenario", "backlog", "-transactions", "1000", "-log-capacity", "300")
		f.settle(30 * time.Second)
		f.account(t, s.app, 701) // with the panel's start
		if gaps("wrapped") != 1 {
			t.Error("there is no gap")
		}
	})
	serial++
	wraps := serial
	wrapping := one(t, "-scenario", "rush", "-transactions", "1500", "-rate", "300", "-log-capacity", "300")
	serial++
	whole := t
	t.Run("the log is erased while the app is away", func(t *testing.T) {
		f, c := startControlled(t, loopback(d.port), 1, "-first-serial", fmt.Sprint(serial))
		swipe := func() { c.does("panel", fmt.Sprint(serial), "swipe", "-reader", "1", "-card", "1001") }
		swipe()
		eventually(t, 15*time.Second, "that is stored", func() error {
			return errors.Join(s.app.storesOf(serial, 2), s.app.storesOf(wraps, 20))
		})
		s.app.kill()
		swipe()
		c.starts("erase", "-serial", fmt.Sprint(serial))
		eventually(t, 10*time.Second, "it is erased", func() error {
			if p := c.panel(serial); p.LogEpoch != 2 || p.Newest == 0 {
				return fmt.Errorf("%+v", p)
			}
			return nil
		})
		swipe()
		eventually(t, 20*time.Second, "the other one has logged all", func() error { return wrapping.has(300) })
		s.app.start(whole)
		eventually(t, 30*time.Second, "its new log is stored", func() error {
			if p := c.panel(serial); p.Newest < 2 || p.Acknowledged < p.Newest {
				return fmt.Errorf("%+v", p)
			}
			return nil
		})
		f.account(t, s.app, 0) // the driver had it all
		if gaps("erased") != 1 || s.app.count(`SELECT count(*) FROM events WHERE serial = ? AND log_epoch = 2`, serial) == 0 {
			t.Error("there is no gap, or no new log")
		}
	})
	serial++
	t.Run("the panel is one of an older day", func(t *testing.T) {
		journals := t.TempDir()
		live := func(transactions int) {
			f := one(t, "-log-dir", journals, "-scenario", "rush", "-rate", "200", "-transactions", fmt.Sprint(transactions))
			f.settle(30 * time.Second)
			f.stop(10 * time.Second)
		}
		live(50)
		old := copied(t, journals)
		live(100)
		newest := func() int { return s.app.count(`SELECT max(idx) FROM events WHERE serial = ?`, serial) }
		ahead := newest()
		journals = old
		live(20) // under names that the app has
		if gaps("app ahead") == 0 || newest() != ahead {
			t.Errorf("%d gaps; the newest was %d, and is %d", gaps("app ahead"), ahead, newest())
		}
		live(200)
		missing := s.app.count(`SELECT max(idx) - count(*) FROM events WHERE serial = ? AND idx > 0`, serial)
		if newest() <= ahead || missing != 0 {
			t.Errorf("the newest is %d, %d are missing", newest(), missing)
		}
	})
	serial = wraps
	t.Run("the log has wrapped while the app was away", func(t *testing.T) {
		wrapping.settle(time.Minute)
		wrapping.account(t, s.app, 1)
		if gaps("wrapped") == 0 {
			t.Error("there is no gap")
		}
	})
	serial += 2
	t.Run("the app has lost its database", func(t *testing.T) {
		f := one(t, "-scenario", "rush", "-transactions", "300", "-rate", "300")
		f.settle(30 * time.Second)
		lease := func() int { return s.app.count(`SELECT lease_epoch FROM leases WHERE serial = ?`, serial) }
		before := lease()
		s.app.kill()
		s.app.lose(whole)
		s.app.start(whole)
		eventually(t, 30*time.Second, "all is stored again", func() error { return s.app.storesOf(serial, 301) })
		f.account(t, s.app, 0)
		if after := lease(); after <= before {
			t.Errorf("lease epoch %d, the lost database gave out %d", after, before)
		}
		if all := s.app.count(`SELECT count(*) FROM gaps WHERE serial = ?`, serial); all > 0 {
			t.Errorf("%d gaps, though the panel has all", all)
		}
	})
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
