package controller

import (
	"fmt"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestDueListDoesNotGrow(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	for i := range 500 {
		r.command(fmt.Sprint("c", i), 1)
		r.answer(first, "311 4 1", scp.ReplyOK)
		r.pass(100 * time.Millisecond)
	}
	r.pass(2 * time.Minute)
	if n := r.table.due.count(); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// A session that is due later stands in the list once, however often it is due in between.
func TestSessionIsInTheDueListOnce(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(&pb.Command{Id: "long", TtlMs: 600_000, LeaseEpoch: testLease,
		Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}})
	r.answer(first, "9030 4", scp.ReplyOK)
	for i := range 20 {
		r.publish(&pb.Command{Id: fmt.Sprint("c", i), TtlMs: 2000, LeaseEpoch: testLease,
			Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}})
		r.answer(first, "311 4 1", scp.ReplyOK)
		r.pass(15 * time.Second)
	}
	if n := r.table.due.count(); n != 1 {
		t.Errorf("%d entries of one session", n)
	}
}

// A session in which nothing is due any more leaves the list.
func TestWhatIsOverIsNotDue(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 2)
	r.pass(2 * time.Minute)
	r.stored(testEpoch, 2)
	r.passToAck()
	r.wantLines("9020 4 3 2")
	if n := r.table.due.count(); n != 1 {
		t.Errorf("%d entries while the controller has to answer", n)
	}
	r.answer(first, "9020 4 3 2", scp.ReplyOK)
	if n := r.table.due.count(); n != 0 {
		t.Errorf("%d entries when it has answered", n)
	}
}

// Whoever waits until something is due is woken by what is due sooner, once, and by nothing else.
func TestWhoWaitsForADeadlineHearsOfASoonerOne(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	woken := func(want int, what string) {
		t.Helper()
		if r.woken != want {
			t.Errorf("%s: woken %d times, want %d", what, r.woken, want)
		}
	}
	woken(0, "nobody waits")
	for r.table.Due(r.now) < time.Hour {
		r.pass(time.Second)
	}
	r.command("long", 1)
	woken(1, "the first deadline")
	r.table.DirectCommand(r.now, serial, &pb.Command{Id: "later", LeaseEpoch: testLease, TtlMs: 600_000,
		Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}}, r.now)
	woken(1, "a later one")
	if due := r.table.Due(r.now); due > 10*time.Second {
		t.Errorf("due in %v", due)
	}
	r.table.Receive(r.now, nil)
	r.pass(time.Second)
	woken(1, "nobody waits any more")
}

func TestASessionThatWaitsForCreditIsDueSoon(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.credit = 0
	r.logs(1, 1)
	if due := r.table.Due(r.now); due > feedWithin {
		t.Errorf("due in %v", due)
	}
	r.credit = 100
	r.pass(feedWithin)
	r.wantLines("9021 4 3 1")
}
