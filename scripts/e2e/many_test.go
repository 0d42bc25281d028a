package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// stay is longer than a lease lasts without being renewed.
const stay = 12 * time.Second

// More controllers on one process than the old driver could ever hold (1,024): they come, are served and stay.
func TestManyControllers(t *testing.T) {
	const panels = 1_100
	s := startSystem(t, 1)
	d := s.drivers[0]
	startFleet(t, loopback(d.port), panels, "-scenario", "day")
	eventually(t, time.Minute, "all panels are online", func() error { return s.app.hasOnline(panels) })

	chance, unlocks := rand.New(rand.NewPCG(seed, 2)), 0
	for since := time.Now(); time.Since(since) < stay && !t.Failed(); unlocks += 100 {
		s.unlockSome(t, chance, panels, 100)
	}
	eventually(t, 3*time.Second, "the title names all", func() error { return d.shows(s.app.online()[d.port]) })
	if err := s.app.hasOnline(panels); err != nil {
		t.Error(err)
	}
	if err := s.app.sawOffline(0); err != nil {
		t.Error(err)
	}
	t.Logf("%d controllers, %d unlocks; memory, under the race detector: %s", panels, unlocks, d.memory())
}

// unlockSome opens doors of panels drawn by chance, some at a time; each must be done.
func (s *system) unlockSome(t *testing.T, chance *rand.Rand, panels, unlocks int) {
	var working sync.WaitGroup
	free := make(chan struct{}, 16)
	for range unlocks {
		serial := firstSerial + chance.Uint64N(uint64(panels))
		free <- struct{}{}
		working.Go(func() {
			defer func() { <-free }()
			if err := s.app.unlock(serial); err != nil {
				t.Error(err)
			}
		})
	}
	working.Wait()
}

// unlock opens door 1 of a controller, and fails unless it is done.
func (a *app) unlock(serial uint64) error {
	r, err := a.send(serial, &pb.Command{Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}, appv1.Route_ROUTE_REDIS)
	if err == nil && r.Outcome != pb.Outcome_OUTCOME_DONE {
		err = fmt.Errorf("unlock of %d: %v %s", serial, r.Outcome, r.Reason)
	}
	return err
}

// memory is what the kernel says that the driver has.
func (d *driver) memory() string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.pid()))
	if err != nil {
		return err.Error()
	}
	var found []string
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "RssAnon") || strings.HasPrefix(line, "Threads") {
			found = append(found, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(found, ", ")
}
