//go:build chaos

package e2e

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// More controllers dial in than the driver has file descriptors for. Those that it has are served meanwhile, and when
// there is room again, others are.
func TestChaosFileDescriptors(t *testing.T) {
	const panels, descriptors, crowd = 10, 80, 300
	s := startSystem(t, 1)
	d := s.drivers[0]
	startFleet(t, loopback(d.port), panels, "-scenario", "idle")
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))
	limit := unix.Rlimit{Cur: descriptors, Max: descriptors}
	if err := unix.Prlimit(d.pid(), unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Fatal(err)
	}
	others := startFleet(t, loopback(d.port), crowd, "-scenario", "idle", "-first-serial", fmt.Sprint(firstSerial+panels))
	eventually(t, 15*time.Second, "the descriptors are used up", func() error {
		if p := others.progress(); p.Online < descriptors/2 || p.Online > descriptors {
			return fmt.Errorf("%d of the others are online", p.Online)
		}
		return nil
	})
	for range 8 {
		tell(t, "%d of %d others are online", others.progress().Online, crowd)
		within(t, "all carry out a command while descriptors are used up", 5*time.Second, time.Now(), s.served(panels))
		passes(t, time.Second, "descriptors are used up")
	}
	if n := s.app.count(`SELECT count(*) FROM events WHERE kind = 'offline' AND serial < ?`, firstSerial+panels); n > 0 {
		t.Errorf("those that were served went offline %d times", n)
	}
	others.stop(10 * time.Second)
	since := time.Now()
	others.start(t, "-panels", "20")
	within(t, "others are served when there are descriptors again", 10*time.Second, since, s.served(panels+20))
}
