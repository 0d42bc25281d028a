package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// leaseTTL is how long the app lets a lease run.
const leaseTTL = 10 * time.Second

// One panel dials a hundred times through the balancer, and whoever it leaves is not told: up to a dozen links of one
// serial are open at the two drivers, and each believes for a while that it is the one. One of them owns the panel at a
// time, no transaction is lost or doubled, and each command is carried out once at most.
func TestOneOwner(t *testing.T) {
	const dials, enough = 100, 25 // commands that are carried out, however little time each link leaves a busy machine
	s := startSystem(t, 2)
	m := (&meddler{mute: true}).start(t, startBalancer(t, s.drivers, turns))
	f := startFleet(t, m.addr, 1, "-scenario", "rush", "-transactions", "1000", "-rate", "80", "-fault", "drop every 100ms")
	o := startOrders(t, s, 1, 0)
	eventually(t, 2*time.Minute, "the panel has dialled and done enough", func() error {
		dialled, done := f.progress().Links, s.app.count(`SELECT count(*) FROM results WHERE outcome = 'done'`)
		if dialled < dials || done < enough {
			return fmt.Errorf("it has dialled %d times, and carried out %d commands", dialled, done)
		}
		return nil
	})
	sent := o.end()
	f.settle(time.Minute)
	fenced := 0
	for _, d := range s.drivers {
		fenced += d.metric("mercury_leases_revoked_total")
	}
	v := s.judge(t, f, sent)
	t.Logf("%d dials, %d older links fenced", f.progress().Links, fenced)
	if v.Outcomes["done"] < enough || fenced < dials/4 {
		t.Error("too few commands were carried out, or links fenced")
	}
	s.app.judgeOwners(t, dials/10)
}

// judgeOwners looks who acted under which lease.
func (a *app) judgeOwners(t *testing.T, least int) {
	t.Helper()
	// Each lease is one process's, in reports and results.
	const owners = `SELECT lease_epoch, instance FROM events WHERE kind IN ('online', 'offline') UNION
		SELECT lease_epoch, instance FROM results WHERE posted_ns > 0`
	keep(t, "leases that are of two processes", number(0), number(a.count(`SELECT count(*) - count(DISTINCT lease_epoch) FROM (`+owners+`)`)))
	if n := a.count(`SELECT min(leases) FROM (SELECT count(*) AS leases FROM (` + owners + `) GROUP BY instance)`); n < least {
		t.Errorf("one of the drivers had %d leases only: this proves nothing", n)
	}
	// The older process is told at once that a newer lease is used.
	late := a.count(`SELECT count(*) FROM results r JOIN events o ON o.kind = 'online' AND o.lease_epoch > r.lease_epoch
		WHERE r.posted_ns > o.received_ns + 1000000000`)
	keep(t, "commands that are posted under an older lease than the one that is used", number(0), number(late))
}

// A driver that the app can not tell of a newer lease stops acting when its own runs out. Here two panels have one
// serial, and each a driver: the first one's has lost the app. Every command is carried out by one of them, and what the
// first driver did reaches the app in the end.
func TestOwnerThatIsNotToldStopsInTime(t *testing.T) {
	s := startSystem(t, 1)
	line := startMeddler(t, loopback(s.app.port))
	older := aDriver(t, s.app.port, s.redis.port, "VENDOR_APP_ADDR="+line.addr).start(t)
	older.awaitReady()
	original := startFleet(t, loopback(older.port), 1, "-scenario", "idle")
	eventually(t, 15*time.Second, "the first one is online", func() error { return s.app.hasOnline(1) })
	began := time.Now()
	letGo := line.hold()
	twin := startFleet(t, loopback(s.drivers[0].port), 1, "-scenario", "idle")
	eventually(t, 15*time.Second, "the second one is online", func() error {
		if len(s.app.online()[s.drivers[0].port]) == 0 {
			return fmt.Errorf("it is not")
		}
		return nil
	})

	card, done := uint64(0), make(chan *pb.CommandResult, 1000)
	for ; time.Since(began) < leaseTTL+3*time.Second; card++ { // heard by both, and claimed by one of them
		c := &pb.Command{TtlMs: 2000, RequestedBy: "e2e", Action: &pb.Command_PutCard{PutCard: &pb.PutCard{Card: 1 + card}}}
		go func() {
			r, _ := s.app.send(firstSerial, c, appv1.Route_ROUTE_CLAIM)
			done <- r
		}()
		time.Sleep(100 * time.Millisecond)
	}
	letGo()
	for range card {
		<-done
	}
	theirs, ours := original.cards(), twin.cards()
	t.Logf("of %d commands the first one carried out %d, the second one %d", card, len(theirs), len(ours))
	if len(theirs) == 0 || len(ours) == 0 || len(theirs)+len(ours) > int(card) {
		t.Error("both, and none twice, were to be carried out")
	}
	for number, at := range theirs {
		if _, twice := ours[number]; twice {
			t.Errorf("card %s was put twice", number)
		}
		if at.Sub(began) > leaseTTL {
			t.Errorf("the first one acted %v after it had lost the app", at.Sub(began))
		}
	}
	eventually(t, 20*time.Second, "the app has what the first one did", func() error {
		reported := s.app.count(`SELECT count(*) FROM results WHERE outcome = 'done'`)
		if reported != len(theirs)+len(ours) {
			return fmt.Errorf("%d of %d ends are reported", reported, len(theirs)+len(ours))
		}
		return nil
	})
}

// cards is when the first panel was given which cards.
func (f *fleet) cards() map[string]time.Time {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.journals, fmt.Sprint(firstSerial, ".commands")))
	if err != nil {
		f.t.Fatal(err)
	}
	given := make(map[string]time.Time)
	for line := range strings.Lines(string(text)) {
		var c struct {
			TimeNS          int64 `json:"time_ns"`
			Kind, Arguments string
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			f.t.Fatal(err)
		}
		if c.Kind == "put card" {
			card, _, _ := strings.Cut(c.Arguments, " ")
			given[card] = time.Unix(0, c.TimeNS)
		}
	}
	return given
}
