package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Whoever ends a driver may send the signal twice at once, as timeout does, to the process and to its group: that is
// one wish, for a drain. A signal that comes later ends a driver that still drains, of which its next start knows.
func TestSecondSignal(t *testing.T) {
	s := startSystem(t, 1, "STATE_DIR="+t.TempDir())
	d := s.drivers[0]
	startFleet(t, loopback(d.port), 3, "-scenario", "rush", "-rate", "60")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(3) })
	s.app.signal(syscall.SIGSTOP) // it acknowledges nothing that is sent from now on, so that the drain waits for it
	before := d.metric("mercury_events_sent_total")
	eventually(t, 5*time.Second, "something is sent that it does not acknowledge", func() error {
		if d.metric("mercury_events_sent_total") == before {
			return fmt.Errorf("nothing is")
		}
		return nil
	})
	d.signal(syscall.SIGTERM)
	d.signal(syscall.SIGTERM)
	eventually(t, 5*time.Second, "it takes another signal", func() error { return d.says("another signal ends the driver") })
	if err := d.answers("/readyz", http.StatusServiceUnavailable, "draining"); err != nil {
		t.Fatalf("after a signal that came twice: %v", err)
	}
	d.signal(syscall.SIGTERM)
	d.exit(time.Second)
	if status := d.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended by %v, want the signal itself", d.cmd.ProcessState)
	}
	d.start(t)
	eventually(t, 10*time.Second, "it tells how the last run ended", func() error { return d.says("the last run was ended while it drained") })
}

// A driver that has nothing to drain is as good as ended when the signal comes a second time: it has ended in order.
func TestSecondSignalAtTheEnd(t *testing.T) {
	d := aDriver(t, freePort(t), freePort(t)).start(t)
	eventually(t, 10*time.Second, "it runs", func() error { return d.says("listening for controllers") })
	d.signal(syscall.SIGTERM)
	eventually(t, 10*time.Second, "it ends", func() error { return d.says("the driver ends") })
	d.signal(syscall.SIGTERM) // a program under the race detector is still there for a second
	if code := d.exit(10 * time.Second); code != 0 {
		t.Errorf("it ended with %v, want 0", d.cmd.ProcessState)
	}
}

// Whoever closes a terminal wants what runs there to end in order too.
func TestSignalsThatDrain(t *testing.T) {
	for _, asks := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		d := aDriver(t, freePort(t), freePort(t)).start(t)
		eventually(t, 10*time.Second, "it runs", func() error { return d.says("listening for controllers") })
		d.signal(asks)
		if code := d.exit(10 * time.Second); code != 0 {
			t.Errorf("%v: it ended with %v, want 0", asks, d.cmd.ProcessState)
		}
	}
}

// Under nohup a terminal may be closed, and wherever nobody reads the log any more the driver runs on.
func TestSignalsThatDoNotEndIt(t *testing.T) {
	for name, test := range map[string]struct {
		shell, says string
		signal      syscall.Signal
	}{
		"SIGHUP under nohup":       {`trap "" HUP`, "listening for controllers", syscall.SIGHUP},
		"SIGPIPE of a closed pipe": {`exec 2> >(head -1; exec <&-; echo closed)`, "closed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := aDriver(t, freePort(t), freePort(t))
			d.process = start(t, "driver", d.settings, "bash", "-c", test.shell+`; exec "$0" "$@"`, driverProgram, "-port", strconv.Itoa(d.port))
			eventually(t, 10*time.Second, "it says so", func() error { return d.says(test.says) })
			d.signal(test.signal)
			eventually(t, 10*time.Second, "it runs", func() error { return d.answers("/healthz", http.StatusOK, "") })
			if err := d.says("draining"); err == nil {
				t.Error("it drains")
			}
			d.stop(10 * time.Second) // and logs that
		})
	}
}
