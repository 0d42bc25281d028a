package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// smallLog is less than a panel raises in an outage: what its driver does not keep for it is overwritten.
const smallLog = 750

// Twice the app is away for longer than the panels' logs last. The driver keeps on disk what they forget. It is killed
// at the end of the first outage, and the second one begins while the first one's transactions are handed on. The app gets
// everything in the end: nothing is missing, and no gap stays.
func TestSpoolBridgesAnOutage(t *testing.T) {
	s := startSystem(t, 0)
	dir, journals := t.TempDir(), t.TempDir()
	d := aDriver(t, s.app.port, s.redis.port, "SPOOL_DIR="+dir).start(t)
	s.drivers = append(s.drivers, d)
	d.awaitReady()
	// It lasts until the panels have nothing more to say and have forgotten all: what follows may take its time.
	outage := func() *fleet {
		f := startFleet(t, loopback(d.port), 3, "-log-dir", journals, "-log-capacity", fmt.Sprint(smallLog),
			"-scenario", "rush", "-transactions", "3000", "-rate", "150")
		f.journals = journals
		eventually(t, time.Minute, "the panels are served", func() error { return d.serves(3) })
		s.app.kill()
		f.settle(2 * time.Minute)
		if err := d.spooled(smallLog); err != nil {
			t.Fatal(err)
		}
		return f
	}
	outage().stop(10 * time.Second)
	d.kill()
	d.start(t)
	s.app.start(t)
	d.awaitReady()
	f := outage()
	s.app.start(t)
	eventually(t, time.Minute, "all is handed on", d.handedOn)
	if v := s.judge(t, f, nil); v.Transactions < 6000 {
		t.Errorf("%d transactions: too few", v.Transactions)
	}
}

// handedOn fails while the driver has transactions on disk.
func (d *driver) handedOn() error { return d.counts("mercury_spool_controllers", 0) }

// spooled fails unless the driver, since it started, has written so many transactions to disk.
func (d *driver) spooled(transactions int) error {
	if n := d.metric("mercury_spool_written_total"); n < transactions {
		return fmt.Errorf("%d of %d transactions are on disk", n, transactions)
	}
	return nil
}

// serves fails unless the driver has a lease for so many controllers.
func (d *driver) serves(controllers int) error {
	if n := d.metric("mercury_controllers_leased"); n != controllers {
		return fmt.Errorf("%d of %d controllers are served", n, controllers)
	}
	return nil
}

// A damaged file is not opened, and the line says what to do. Without it the driver starts.
func TestDamagedSpool(t *testing.T) {
	s := startSystem(t, 0)
	dir := t.TempDir()
	d := aDriver(t, s.app.port, s.redis.port, "SPOOL_DIR="+dir)
	file := filepath.Join(dir, fmt.Sprintf("mercury-driver-%d.spool", d.port))
	if err := os.WriteFile(file, []byte(strings.Repeat("not a spool. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprintf("-port=%d", d.port)
	for _, args := range [][]string{{port, "-check-config"}, {port}} {
		p := start(t, "driver", d.settings, driverProgram, args...)
		if code := p.exit(10 * time.Second); code != 78 {
			t.Errorf("%q: exit code %d, want 78", args, code)
		}
		if !strings.Contains(p.said(), file+": it is damaged") {
			t.Errorf("%q does not say that the file is damaged:\n%s", args, p.said())
		}
	}
	if err := os.Rename(file, file+".damaged"); err != nil {
		t.Fatal(err)
	}
	d.start(t).awaitReady()
}
