package desk_test

import (
	"strings"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

func online(number, serial, lease uint64) *pb.Event {
	return &pb.Event{Serial: serial, Number: number, LeaseEpoch: lease,
		Body: &pb.Event_Online{Online: &pb.Online{Model: "four doors", CommandsReady: true}}}
}

func offline(number, serial, lease uint64) *pb.Event {
	return &pb.Event{Serial: serial, Number: number, LeaseEpoch: lease,
		Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: "reset by peer"}}}
}

func leased(serial, lease uint64) *pb.ControllerState {
	return &pb.ControllerState{Serial: serial, LeaseEpoch: lease, CommandsReady: true,
		Standing: pb.ControllerStanding_CONTROLLER_STANDING_LEASED}
}

// controller is the live state of a serial as the database has it.
func (r *rig) controller(serial uint64) desk.Controller {
	r.t.Helper()
	kept, err := r.store.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range kept.Controllers {
		if c.Serial == serial {
			return c
		}
	}
	return desk.Controller{}
}

func TestLiveStateFollowsTheCurrentLease(t *testing.T) {
	r := newRig(t)
	a, b := r.connect("a"), r.connect("b")
	old := a.admit(1, 1, 1, 0).LeaseEpoch
	a.report(online(1, 1, old))
	if c := r.controller(1); !c.Online || c.Model != "four doors" || !c.CommandsReady || c.LeaseEpoch != old {
		t.Fatalf("after online: %+v", c)
	}
	young := b.admit(1, 1, 1, 0).LeaseEpoch
	if c := r.controller(1); c.Online || c.Instance != "b" {
		t.Fatalf("admitted elsewhere, not seen online there: %+v", c)
	}
	b.report(online(1, 1, young))
	a.report(offline(2, 1, old))
	if c := r.controller(1); !c.Online {
		t.Fatalf("the old holder's offline counted: %+v", c)
	}
	b.report(&pb.Event{Serial: 1, Number: 2, LeaseEpoch: young,
		Body: &pb.Event_CommandsReady{CommandsReady: &pb.CommandsReady{Ready: false}}})
	if c := r.controller(1); !c.Online || c.CommandsReady {
		t.Fatalf("commands are not ready: %+v", c)
	}
	b.report(offline(3, 1, young))
	if c := r.controller(1); c.Online || c.Cause != "reset by peer" {
		t.Fatalf("after offline: %+v", c)
	}
	if got := len(r.events()); got != 5 {
		t.Errorf("%d events stored, want all 5 whatever their lease", got)
	}
}

// Its lease was granted by the database that is lost, so that no admission named it here.
func TestAControllerOfALostDatabaseComesOnline(t *testing.T) {
	r := newRig(t)
	r.connect("a", holding(7, 77)).report(online(1, 7, 77))
	if c := r.controller(7); !c.Online || c.Serial != 7 {
		t.Errorf("stored as %+v", c)
	}
}

func TestASnapshotReplacesTheLiveState(t *testing.T) {
	r := newRig(t)
	a := r.connect("a")
	epochs := map[uint64]uint64{}
	for serial := uint64(1); serial <= 4; serial++ {
		epochs[serial] = a.admit(serial, 1, 1, 0).LeaseEpoch
		a.report(online(serial, serial, epochs[serial]))
	}
	fenced := leased(3, epochs[3])
	fenced.Standing = pb.ControllerStanding_CONTROLLER_STANDING_FENCED
	r.Snapshot(r.now, a.peer, &pb.Snapshot{Controllers: []*pb.ControllerState{
		leased(1, epochs[1]), leased(2, epochs[2]-1), fenced, leased(9, 1)}})
	r.commit()
	for serial, want := range map[uint64]bool{1: true, 2: false, 3: false, 4: false, 9: false} {
		if got := r.controller(serial).Online; got != want {
			t.Errorf("controller %d online: %v, want %v", serial, got, want)
		}
	}
}

func TestControllersGoOfflineWhenTheLeaseRanOut(t *testing.T) {
	r := newRig(t)
	a := r.connect("a")
	a.report(online(1, 1, a.admit(1, 1, 1, 0).LeaseEpoch))
	r.Ended(a.peer, nil)
	r.pass(ttl - time.Second)
	if !r.controller(1).Online {
		t.Fatal("offline before its lease ran out")
	}
	r.pass(time.Second)
	if r.controller(1).Online {
		t.Error("online after its lease ran out")
	}
}

func TestARestartedAppWaitsOneLeaseForTheDrivers(t *testing.T) {
	for name, c := range map[string]struct {
		back bool
		want bool
	}{"the driver comes back": {true, true}, "it does not": {false, false}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			a := r.connect("a")
			lease := a.admit(1, 1, 1, 0).LeaseEpoch
			a.report(online(1, 1, lease))
			r.restart()
			r.pass(ttl - time.Second)
			if c.back {
				r.connect("a", holding(1, lease))
			}
			r.pass(2 * time.Second)
			if got := r.controller(1).Online; got != c.want {
				t.Errorf("online: %v, want %v", got, c.want)
			}
		})
	}
}

// Each driver sees only its own controllers.
func TestOneMACOnTwoDriversIsReported(t *testing.T) {
	const mac, another = "0010ab000001", "0010ab000002"
	r := newRig(t)
	a, b := r.connect("a"), r.connect("b")
	number := uint64(0)
	appears := func(s *stream, serial uint64, mac string) (warned bool) {
		r.said.Reset()
		ev := online(number, serial, s.admit(serial, 1, 1, 0).LeaseEpoch)
		number++
		ev.Number, ev.GetOnline().Mac = number, mac
		s.report(ev)
		return strings.Contains(r.said.String(), "two controllers tell one MAC")
	}
	for _, c := range []struct {
		on     *stream
		serial uint64
		mac    string
		warned bool
	}{
		{a, 1, mac, false},
		{b, 1, mac, false}, // it moved
		{a, 2, another, false},
		{b, 3, mac, true},
		{a, 4, "", false},
		{b, 5, "", false},
		{a, 2, mac, true},
		{b, 6, another, false}, // 2 has another board now
	} {
		if got := appears(c.on, c.serial, c.mac); got != c.warned {
			t.Errorf("controller %d with %q: warned %v, want %v", c.serial, c.mac, got, c.warned)
		}
	}
	r.restart()
	if a = r.connect("a"); !appears(a, 7, mac) {
		t.Error("what the database knows is forgotten")
	}
	r.pass(ttl)
	if a = r.connect("a"); appears(a, 8, another) {
		t.Error("6 is gone: its board may be another controller's now")
	}
}
