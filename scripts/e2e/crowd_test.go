package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

const (
	crowd = 5_000
	alive = 20 // panels that are served before the crowd comes
)

// Five thousand panels dial in at once, as when their balancer comes back. Those that are here are served meanwhile:
// their commands are not too late, their links stay. All are served in the end. (How many are put before the app at a time
// is looked at in driver/uplink.)
func TestCrowd(t *testing.T) {
	s := startSystem(t, 1)
	d := s.drivers[0]
	few := startFleet(t, loopback(d.port), alive, "-scenario", "rush", "-rate", "40")
	eventually(t, 20*time.Second, "the few are online", func() error { return s.app.hasOnline(alive) })
	startFleet(t, loopback(d.port), crowd, "-scenario", "idle", "-first-serial", fmt.Sprint(firstSerial+alive))
	pending := 0
	took := s.unlockWhile(t, func() bool {
		pending = max(pending, d.metric("mercury_admissions_pending"))
		return d.serves(crowd+alive) != nil || s.app.hasOnline(crowd+alive) != nil
	})
	slices.Sort(took)
	t.Logf("%d commands meanwhile, half of them within %v, all within %v; up to %d controllers waited to be admitted",
		len(took), took[len(took)/2], took[len(took)-1], pending)
	if pending < 100 {
		t.Error("no crowd came: this proves nothing")
	}
	if err := few.dialled(alive); err != nil {
		t.Error(err)
	}
}

// unlockWhile opens doors of the few, one after the other, while the crowd is on its way, and returns how long each took.
// All are done, so none was posted later than 5 s after it was asked for.
func (s *system) unlockWhile(t *testing.T, underway func() bool) (took []time.Duration) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for number := uint64(0); underway() || len(took) < alive; number++ {
		if time.Now().After(deadline) {
			t.Fatal("the crowd is not served")
		}
		began := time.Now()
		r, err := s.app.send(firstSerial+number%alive, &pb.Command{Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}},
			appv1.Route_ROUTE_REDIS)
		if err != nil || r.Outcome != pb.Outcome_OUTCOME_DONE {
			t.Fatalf("unlock: %v, %v", r, err)
		}
		took = append(took, time.Since(began))
	}
	return took
}
