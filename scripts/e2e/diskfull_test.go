package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The disk under the spool is full while the app is away: the driver says so and goes on, the panels keep what comes, and
// when there is room again, and the app is back, it gets everything. With a write that failed taken for one that
// was made, the panels are not at rest in the end: the test was seen to fail so.
func TestDiskFullUnderTheSpool(t *testing.T) {
	s := startSystem(t, 0)
	dir := t.TempDir()
	d := aDriver(t, s.app.port, s.redis.port, "SPOOL_DIR="+dir)
	s.drivers = append(s.drivers, d)
	makeRoom := d.startCramped(t, dir)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), 3, "-scenario", "rush", "-transactions", "5000", "-rate", "300")
	eventually(t, 15*time.Second, "transactions flow", func() error { return s.app.has(100) })
	s.app.kill()
	eventually(t, 40*time.Second, "the disk is full", func() error { return d.says("the spool can't be written") })
	written := d.metric("mercury_spool_written_total")
	eventually(t, 20*time.Second, "the panels keep what comes", func() error { return f.has(3 * window) })
	if failures := d.metric("mercury_spool_failures_total"); failures == 0 || written == 0 || d.serves(3) != nil {
		t.Errorf("%d transactions were written, %d times none was; %v", written, failures, d.serves(3))
	}

	makeRoom()
	eventually(t, 20*time.Second, "the disk is written again", func() error { return d.spooled(written + 1) })
	s.app.start(t)
	f.settle(time.Minute)
	eventually(t, 20*time.Second, "all is handed on", d.handedOn)
	s.judge(t, f, nil)
}

// startCramped runs the driver where a directory is a disk of its own that is nearly full. Where nobody may mount one, the
// driver's files may not grow instead.
func (d *driver) startCramped(t *testing.T, dir string) (makeRoom func()) {
	t.Helper()
	if exec.Command("unshare", "-Urm", "true").Run() != nil {
		d.start(t)
		d.limitFiles(300 << 10)
		return func() { d.limitFiles(unix.RLIM_INFINITY) }
	}
	const mounted = `mount -t tmpfs -o size=1m none "$1" && head -c 700k /dev/zero >"$1/ballast" && shift && exec "$@"`
	d.process = start(t, fmt.Sprintf("driver %d", d.port), d.settings,
		"unshare", "-Urm", "sh", "-c", mounted, "sh", dir, driverProgram, "-port", strconv.Itoa(d.port))
	return func() {
		if err := os.Remove(fmt.Sprintf("/proc/%d/root%s/ballast", d.pid(), dir)); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *driver) limitFiles(size uint64) {
	d.t.Helper()
	if err := unix.Prlimit(d.pid(), unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil); err != nil {
		d.t.Fatal(err)
	}
}
