package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mercury-driver/scripts/e2e/oracle"
)

// smallLog is less than a panel raises while the app is away: what its driver does not keep for it is overwritten.
const smallLog = 500

// The app is away for longer than the panels' logs last. The driver keeps on disk what they forget, is killed
// meanwhile, and the app gets everything in the end: nothing is missing, and no gap stays.
func TestSpoolBridgesAnOutage(t *testing.T) {
	s := startSystem(t, 0)
	dir := t.TempDir()
	d := aDriver(t, s.app.port, s.redis.port, "SPOOL_DIR="+dir).start(t)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), 3, "-scenario", "rush", "-transactions", "6000", "-rate", "150",
		"-log-capacity", fmt.Sprint(smallLog))
	eventually(t, 15*time.Second, "transactions flow", func() error { return s.app.has(100) })
	s.app.kill()
	eventually(t, 30*time.Second, "transactions are on disk", func() error { return d.spooled(3 * smallLog) })

	d.kill()
	d.start(t) // without the app no panel is admitted: their logs must last until it is back
	s.app.start(t)
	d.awaitReady()
	eventually(t, 15*time.Second, "the panels are served", func() error { return d.serves(3) })
	s.app.kill()
	eventually(t, 30*time.Second, "transactions are on disk again", func() error { return d.spooled(3 * smallLog) })
	s.app.start(t)
	f.settle(time.Minute)
	eventually(t, 15*time.Second, "the disk is empty", func() error {
		if n := d.metric("mercury_spool_controllers"); n != 0 {
			return fmt.Errorf("transactions of %d controllers are on disk", n)
		}
		return nil
	})
	f.stop(10 * time.Second)
	d.stop(20 * time.Second)
	s.app.stop(10 * time.Second)
	v, err := oracle.Judge(f.journals, s.app.database, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Faults) > 0 || v.Transactions < 6000 {
		t.Errorf("%d transactions, %d faults:\n%s", v.Transactions, len(v.Faults), strings.Join(v.Faults[:min(len(v.Faults), 20)], "\n"))
	}
}

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
	d.start(t)
	if code := d.exit(10 * time.Second); code != 78 {
		t.Errorf("exit code %d, want 78", code)
	}
	if err := d.says(file + ": it is damaged"); err != nil {
		t.Error(err)
	}
	if err := os.Rename(file, file+".damaged"); err != nil {
		t.Fatal(err)
	}
	d.start(t).awaitReady()
}
