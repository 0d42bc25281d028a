package controller

import (
	"fmt"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestRepeatedIDGetsItsResultAgain(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.command("c", 1)
	r.command("c", 1)
	r.wantResults()
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.command("c", 1)
	r.wantResults("c DONE", "c DONE")
	r.wantLines("311 4 1")
	r.pass(time.Minute)
	if n := len(r.table.ofSerial(serial).commands.byID); n != 0 {
		t.Errorf("%d ids are kept for ever", n)
	}
}

// A command has one result, whatever became of the lease that it was posted under.
func TestRepeatedIDGetsItsResultUnderTheNextLeaseToo(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.DirectCommand(r.now, serial, unlock("c", testLease), r.now)
	r.post()
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.grant(first, testLease+1, testEpoch, 0)
	r.table.DirectCommand(r.now, serial, unlock("c", testLease), r.now)
	r.table.DirectCommand(r.now, serial, unlock("other", testLease), r.now)
	r.wantResults("c DONE", "c DONE", "other REFUSED")
}

func TestEachIDIsForgottenInItsOwnTime(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(&pb.Command{Id: "long", TtlMs: 600_000, LeaseEpoch: testLease,
		Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}})
	r.answer(first, "9030 4", scp.ReplyOK)
	r.command("short", 1)
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.pass(5*time.Second + r.table.rules.ReplyGrace + keepMargin)
	c := &r.table.ofSerial(serial).commands
	if c.byID["short"] != nil || c.byID["long"] == nil {
		t.Errorf("kept: %v", c.byID)
	}
	r.pass(10 * time.Minute)
	if c.byID != nil || c.open != nil || c.ended != nil {
		t.Errorf("an idle session keeps the room of its commands: %v", c)
	}
}

func TestIDsAreRememberedWithinABound(t *testing.T) {
	r := newRig(t, able)
	r.table.mostKnown = 3
	r.serve()
	for i := range 5 {
		r.publish(&pb.Command{Id: fmt.Sprint("c", i), LeaseEpoch: testLease}) // without an action
	}
	r.wantResults("c0 REFUSED", "c1 REFUSED", "c2 REFUSED")
	if n := r.table.Counts().Dropped.Load(); n != 2 {
		t.Errorf("%d dropped", n)
	}
	r.pass(time.Minute)
	r.publish(&pb.Command{Id: "c5", LeaseEpoch: testLease})
	r.wantResults("c5 REFUSED")
	r.publish(unlock("claimed", 0))
	r.command("posted", 1)
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
	r.table.Claimed(r.now, first, "claimed", true, nil)
	if n := r.table.counts.Known.Load(); n != 0 {
		t.Errorf("%d are remembered for no session", n)
	}
}
