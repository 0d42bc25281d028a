package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a library may do to its process, asked of the simulated one: it hangs, and the watchdog ends the driver with
// 70; it crashes, and the driver with it. The next one says how it was, and serves the panel.
func TestFaultsOfTheLibrary(t *testing.T) {
	hung := []string{`"exit":70`, "the driver ends"}
	for name, tc := range map[string]struct {
		fault  string
		code   int // -1: a signal
		signal syscall.Signal
		says   []string
		next   []string
	}{
		"a post hangs":     {"post blocks after 2", 70, 0, append(hung, "library call post has not come back"), []string{"the last run ended by itself"}},
		"a drain hangs":    {"drain blocks after 5", 70, 0, append(hung, "thread events", "library call drain has not come back"), []string{"the last run ended by itself"}},
		"a wait hangs":     {"wait blocks after 2s", 70, 0, append(hung, "library call drain has not come back"), []string{"the last run ended by itself"}},
		"a call crashes":   {"post crashes after 3", 2, 0, []string{"SIGSEGV"}, []string{"the last run crashed", "SIGSEGV"}},
		"a thread crashes": {"thread crashes after 3s", -1, syscall.SIGSEGV, nil, []string{"the last run was killed without a word"}},
		"it is not obeyed": {"post rusts", 2, 0, []string{`MERCURY_SIM_FAULT: "post rusts" is not`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &system{redis: startRedis(t, freePort(t))}
			s.app = anApp(t, s.redis.port).start(t)
			d := aDriver(t, s.app.port, s.redis.port, "STATE_DIR="+t.TempDir(), "WATCHDOG=1s", raceEndsAtOnce, "MERCURY_SIM_FAULT="+tc.fault)
			startFleet(t, loopback(d.port), 1, "-scenario", "idle")
			d.start(t)
			code := d.exit(20 * time.Second)
			if status := d.cmd.ProcessState.Sys().(syscall.WaitStatus); code != tc.code || tc.code < 0 && status.Signal() != tc.signal {
				t.Errorf("it ended with %d (%v)", code, d.err)
			}
			for _, text := range append(tc.says, "MERCURY_SIM_FAULT") {
				if err := d.says(text); err != nil {
					t.Errorf("%v:\n%s", err, d.said())
				}
			}
			d.settings = slices.DeleteFunc(d.settings, func(s string) bool { return strings.HasPrefix(s, "MERCURY_SIM_FAULT") })
			d.start(t).awaitReady()
			eventually(t, 15*time.Second, "the panel is online", func() error { return s.app.hasOnline(1) })
			for _, text := range tc.next {
				if !strings.Contains(d.said(), text) {
					t.Errorf("the next one does not say %q:\n%s", text, d.said())
				}
			}
		})
	}
}
