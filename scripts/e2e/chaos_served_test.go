//go:build chaos

package e2e

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/e2e/oracle"
)

// served is a condition: each panel of a fleet carries out a command. Who has done so is not asked again.
func (s *system) served(panels int) func() error {
	var waiting []uint64
	for i := range uint64(panels) {
		waiting = append(waiting, firstSerial+i)
	}
	return func() error {
		errs := make([]error, len(waiting))
		var asking sync.WaitGroup
		for i, serial := range waiting {
			asking.Go(func() { errs[i] = s.app.putCard(serial) })
		}
		asking.Wait()
		var still []uint64
		var last error
		for i, err := range errs {
			if err != nil {
				still, last = append(still, waiting[i]), err
			}
		}
		waiting = still
		return last
	}
}

// cards makes the commands of putCard different from each other, and from all others.
var cards atomic.Uint64

// putCard gives a controller a new card, and fails unless that is done.
func (a *app) putCard(serial uint64) error {
	c := &pb.Command{TtlMs: 2000, RequestedBy: "chaos",
		Action: &pb.Command_PutCard{PutCard: &pb.PutCard{Card: 8_000_000 + cards.Add(1), Doors: 1}}}
	r, err := a.send(serial, c, appv1.Route_ROUTE_REDIS)
	if err == nil && r.Outcome != pb.Outcome_OUTCOME_DONE {
		err = fmt.Errorf("controller %d: %v %s", serial, r.Outcome, r.Reason)
	}
	return err
}

// publishCard is the same by hand, for whichever driver claims it. Nobody waits for its end.
func (r *redisServer) publishCard(serial uint64) oracle.Sent {
	r.t.Helper()
	card := 8_000_000 + cards.Add(1)
	payload := fmt.Sprintf(`{"id":"card-%d","ttl_ms":2000,"requested_by":"chaos","put_card":{"card":"%[1]d","doors":"1"}}`, card)
	return oracle.Sent{Serial: serial, Payload: payload, At: time.Now(), Heard: r.publish(serial, payload) > 0}
}
