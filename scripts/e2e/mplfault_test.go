package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// Ports that the pretend library refuses, and never comes back from.
const (
	refusedPort = 65535
	hangingPort = 65534
)

// A library call that never returns can't be ended, but by the end of the process: the watchdog brings that
// about, and says which call it was.
func TestHungLibrary(t *testing.T) {
	const watchdog = "WATCHDOG=1s"
	hangs := func(t *testing.T, d *driver) (since time.Time) {
		t.Helper()
		eventually(t, 10*time.Second, "the library hangs", func() error { return d.says("libmpl: hangs") })
		return time.Now()
	}
	hung := func(t *testing.T, d *driver, since time.Time, most time.Duration, thread, call string) {
		t.Helper()
		code := d.exit(20 * time.Second)
		if took := time.Since(since); code != 70 || took > most {
			t.Errorf("it ended with %d after %v, want 70 within %v", code, took, most)
		}
		for _, text := range []string{"thread " + thread, "library call " + call + " has not come back for ", `"exit":70`} {
			if err := d.says(text); err != nil {
				t.Errorf("%v:\n%s", err, d.said())
			}
		}
	}
	t.Run("in a command", func(t *testing.T) {
		s := startMPLSystem(t, watchdog, raceEndsAtOnce)
		s.send(t, "firmware", "-version", "hang")
		hung(t, s.drivers[0], hangs(t, s.drivers[0]), 3*time.Second, "command", "post")
	})
	t.Run("in a command, then told to drain", func(t *testing.T) {
		s := startMPLSystem(t, watchdog, raceEndsAtOnce)
		s.send(t, "firmware", "-version", "hang")
		since := hangs(t, s.drivers[0])
		s.drivers[0].signal(syscall.SIGTERM)
		hung(t, s.drivers[0], since, 3*time.Second, "command", "post")
	})
	t.Run("in a command, told to drain before the watchdog's time is over", func(t *testing.T) {
		s := startMPLSystem(t, "WATCHDOG=1m", "GRACE_PERIOD=2s", raceEndsAtOnce)
		s.send(t, "firmware", "-version", "hang")
		since := hangs(t, s.drivers[0])
		s.drivers[0].signal(syscall.SIGTERM)
		hung(t, s.drivers[0], since, 5*time.Second, "command", "post")
	})
	t.Run("in opening the port", func(t *testing.T) {
		d := aDriver(t, freePort(t), freePort(t), watchdog, raceEndsAtOnce)
		d.port = hangingPort
		hung(t, d.startLinked(t, mplProgram), time.Now(), 3*time.Second, "channel", "open")
	})
}

// raceEndsAtOnce is for what is timed: a program under the race detector takes another second to end.
const raceEndsAtOnce = "GORACE=atexit_sleep_ms=0"

// A library that can't open its channel ends the driver with its own words.
func TestLibraryRefusesThePort(t *testing.T) {
	d := aDriver(t, freePort(t), freePort(t))
	d.port = refusedPort
	d.startLinked(t, mplProgram)
	if code := d.exit(10 * time.Second); code != 70 {
		t.Errorf("it ended with %d, want 70", code)
	}
	if err := d.says("open channel 0 on port 65535: refused: somebody pretends to have that port"); err != nil {
		t.Errorf("%v:\n%s", err, d.said())
	}
}

// A crash in the library leaves no time for last words; the next start finds them in STATE_DIR.
func TestLibraryCrashes(t *testing.T) {
	s := startMPLSystem(t, "STATE_DIR="+t.TempDir())
	d := s.drivers[0]
	s.send(t, "firmware", "-version", "crash")
	if code := d.exit(10 * time.Second); code != 2 {
		t.Errorf("it ended with %d, want 2, Go's own", code)
	}
	d.startLinked(t, mplProgram).awaitReady()
	var report string
	for line := range strings.Lines(d.said()) {
		if strings.Contains(line, "the last run crashed") {
			report = line
		}
	}
	for _, text := range []string{`"level":"ERROR"`, "SIGSEGV", "_Cfunc_seam_post"} {
		if !strings.Contains(report, text) {
			t.Errorf("what is said of the crash lacks %q: %s", text, report)
		}
	}
}
