package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a library may do to its process, asked of the simulated one while its panels report: it hangs, and the watchdog
// ends the driver with 70; it crashes, and the driver with it, and with no other. The next one says how it was, and serves
// the panels; nothing of what they reported is lost.
func TestFaultsOfTheLibrary(t *testing.T) {
	hung := []string{`"exit":70`, "the driver ends"}
	for name, fault := range map[string]libraryFault{
		"a post hangs":     {"post blocks after 40", 70, 0, append(hung, "library call post has not come back"), []string{"the last run ended by itself"}},
		"a drain hangs":    {"drain blocks after 200", 70, 0, append(hung, "thread events", "library call drain has not come back"), []string{"the last run ended by itself"}},
		"a wait hangs":     {"wait blocks after 100", 70, 0, append(hung, "library call drain has not come back"), []string{"the last run ended by itself"}},
		"a call crashes":   {"post crashes after 40", 2, 0, []string{"SIGSEGV"}, []string{"the last run crashed", "SIGSEGV"}},
		"a thread crashes": {"thread crashes after 8s", -1, syscall.SIGSEGV, nil, []string{"the last run was killed without a word"}},
	} {
		t.Run(name, fault.prove)
	}
}

// libraryFault is one in the sense of MERCURY_SIM_FAULT.
type libraryFault struct {
	fault      string
	code       int // -1: a signal
	signal     syscall.Signal
	says, next []string // the driver that meets it, and the next one
}

func (l libraryFault) prove(t *testing.T) {
	const panels = 4 // of each driver
	s := startSystem(t, 1)
	d := aDriver(t, s.app.port, s.redis.port, "STATE_DIR="+t.TempDir(), "WATCHDOG=1s", raceEndsAtOnce, "MERCURY_SIM_FAULT="+l.fault).start(t)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), panels, "-scenario", "rush", "-rate", "300")
	others := startFleet(t, loopback(s.drivers[0].port), panels, "-scenario", "rush", "-rate", "50",
		"-first-serial", fmt.Sprint(firstSerial+panels))
	unmoved := func() error { return others.dialled(panels) }
	eventually(t, 15*time.Second, "the other driver has its controllers", unmoved)
	l.ends(t, d)
	if n := s.app.count(`SELECT count(*) FROM events WHERE idx > 0 AND serial < ?`, firstSerial+panels); n == 0 {
		t.Error("it ended before its panels had reported")
	}
	d.settings = slices.DeleteFunc(d.settings, func(s string) bool { return strings.HasPrefix(s, "MERCURY_SIM_FAULT") })
	d.start(t).awaitReady()
	eventually(t, 15*time.Second, "its panels are back", func() error { return d.serves(panels) })
	for _, text := range l.next {
		if !strings.Contains(d.said(), text) {
			t.Errorf("the next one does not say %q:\n%s", text, d.said())
		}
	}
	if err := unmoved(); err != nil {
		t.Errorf("the other driver's controllers went offline: %v", err)
	}
	for _, each := range []*fleet{others, f} {
		each.stop(10 * time.Second)
		each.start(t, "-scenario", "idle")
		each.settle(time.Minute)
	}
	others.stop(10 * time.Second)
	f.takeJournals(t, others)
	s.drivers = append(s.drivers, d)
	s.judge(t, f, nil)
}

// ends waits for the driver's end, which must be this fault's.
func (l libraryFault) ends(t *testing.T, d *driver) {
	t.Helper()
	code := d.exit(30 * time.Second)
	if status := d.cmd.ProcessState.Sys().(syscall.WaitStatus); code != l.code || l.code < 0 && status.Signal() != l.signal {
		t.Errorf("it ended with %d (%v)", code, d.err)
	}
	for _, text := range append(l.says, "MERCURY_SIM_FAULT is heeded") {
		if err := d.says(text); err != nil {
			t.Errorf("%v:\n%s", err, d.said())
		}
	}
}

// A fault that nobody understands is no run without a fault.
func TestUnknownFaultOfTheLibrary(t *testing.T) {
	d := aDriver(t, freePort(t), freePort(t), raceEndsAtOnce, "MERCURY_SIM_FAULT=post rusts").start(t)
	if code := d.exit(20 * time.Second); code != 78 {
		t.Errorf("it ended with %d, want 78", code)
	}
	if err := d.says(`MERCURY_SIM_FAULT: "post rusts" is not`); err != nil {
		t.Error(err)
	}
}
