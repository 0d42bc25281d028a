package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func unlock(id string, lease uint64) *pb.Command {
	return &pb.Command{Id: id, LeaseEpoch: lease, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}
}

func TestCommandEndsAsTheControllerAnswers(t *testing.T) {
	tests := []struct {
		result scp.Result
		want   string
	}{
		{scp.ReplyOK, "c DONE"}, {scp.ReplyNAK, "c NAK"}, {scp.ReplyFailed, "c NAK"},
	}
	for _, test := range tests {
		r := newRig(t, able)
		r.serve()
		r.command("c", 1)
		if !r.table.Busy() {
			t.Errorf("no open sequence")
		}
		r.answer(first, "311 4 1", test.result)
		r.wantResults(test.want)
		r.answer(first, "311 4 1", test.result) // a repeated reply belongs to nothing
		r.wantResults()
		if r.table.Busy() {
			t.Errorf("a sequence is left open")
		}
	}
}

func TestCommandsAreRefusedWithTheReason(t *testing.T) {
	tests := []struct {
		name    string
		command *pb.Command
		reason  string
	}{
		{"no action", &pb.Command{}, "no action"},
		{"door 0", &pb.Command{Action: &pb.Command_Unlock{Unlock: &pb.Unlock{}}}, "door is 0"},
		{"mode", &pb.Command{Action: &pb.Command_DoorMode{DoorMode: &pb.SetDoorMode{Door: 1, Mode: 9}}}, "mode is 9"},
		{"pulse", &pb.Command{Action: &pb.Command_Output{Output: &pb.SetOutput{Output: 1, Action: 3, PulseMs: 5}}}, "pulse_ms is 5"},
		{"pin", &pb.Command{Action: &pb.Command_PutCard{PutCard: &pb.PutCard{Card: 1, Pin: 123456789}}}, "pin must have"},
		{"firmware", &pb.Command{Action: &pb.Command_Firmware{Firmware: &pb.DownloadFirmware{Version: "1 2"}}}, "version must be"},
		{"ttl", &pb.Command{TtlMs: 1999, Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}}, "ttl_ms is 1999"},
		{"host decision", &pb.Command{Action: &pb.Command_HostDecision{HostDecision: &pb.HostDecision{Request: 5}}}, "no such open"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			test.command.Id, test.command.LeaseEpoch = "c", testLease
			r.publish(test.command)
			if len(r.results) != 1 || !strings.Contains(r.results[0].Reason, test.reason) {
				t.Errorf("results %v, want a reason with %q", r.results, test.reason)
			}
			r.wantResults("c REFUSED")
			r.wantLines()
		})
	}
}

func TestOrderOfOneController(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(unlock("claimed", 0))
	r.command("named", 2)
	r.command("third", 3)
	r.wantLines() // the first waits for its claim, the others behind it
	r.table.Claimed(r.now, first, "claimed", true, nil)
	r.post()
	r.wantLines("311 4 1", "311 4 2")
	r.answer(first, "311 4 2", scp.ReplyOK)
	r.wantLines("311 4 3")
	r.wantResults("named DONE")
}

func TestCommandOfAnotherLeaseIsNotAnswered(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(unlock("older", testLease-1))
	r.publish(unlock("newer", testLease+1))
	r.table.Command(r.now, serial+1, unlock("nobody", 0), r.now)
	r.wantLines()
	r.wantResults()
	if n := r.table.Counts().NotOurs.Load(); n != 3 {
		t.Errorf("counted %d", n)
	}
}

// What came with a lease runs under that lease: while it waits in the queue that one may be lost, and another one won.
func TestInitialCommandsRunUnderTheirLease(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 0)
	door := func(id string, door uint32) *pb.Command {
		return &pb.Command{Id: id, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: door}}}
	}
	r.grant(first, testLease, testEpoch, 0, door("a", 1), door("b", 2), door("waits", 3))
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 1", "311 4 1", "311 4 2")
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.grant(first, testLease+1, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9030 4", "9003 4", "9021 4 3 1")
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.wantLines()
	r.wantResults("a DONE", "waits REFUSED")
}

func TestResultNamesTheLeaseItWasTakenUnder(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(&pb.Command{Id: "c", TtlMs: 60_000, LeaseEpoch: testLease,
		Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}})
	asked := r.last["9030 4"]
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.grant(first, testLease+1, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.say(scp.Message{Kind: scp.CommandReply, SCP: 4, Attachment: 1, Tag: asked, Result: scp.ReplyOK})
	if len(r.results) != 1 || r.results[0].LeaseEpoch != testLease {
		t.Errorf("results %v, want one under lease %d", r.results, testLease)
	}
}

func TestQueueIsBounded(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	for i := range 7 {
		r.command(fmt.Sprint("c", i), 1)
	}
	r.wantResults("c6 OVERLOADED")
}

func TestStreamCommandMustNameItsLease(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.DirectCommand(r.now, serial, unlock("no", 0), r.now)
	r.table.DirectCommand(r.now, serial, unlock("yes", testLease), r.now)
	r.post()
	r.wantLines("311 4 1")
	r.wantResults("no REFUSED")
	if len(r.claims) != 0 {
		t.Errorf("claimed %v", r.claims)
	}
}

// No other process can take what came down this one's stream: where it is not served here, that is the answer.
func TestStreamCommandIsAnsweredWithoutItsLeaseToo(t *testing.T) {
	r := newRig(t, able)
	r.table.DirectCommand(r.now, serial, unlock("nobody", testLease), r.now)
	r.serve()
	r.table.DirectCommand(r.now, serial, unlock("older", testLease-1), r.now)
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
	r.table.DirectCommand(r.now, serial, unlock("gone", testLease), r.now)
	r.table.DirectCommand(r.now, serial, unlock("bad id", testLease), r.now)
	r.wantLines()
	r.wantResults("nobody REFUSED", "older REFUSED", "gone REFUSED")
}

// ask brings a question of the controller to the host that is open for 10 s.
func (r *rig) ask(epoch uint32, index uint64, request uint32) {
	r.say(scp.Message{Kind: scp.HostDecisionRequest, SCP: 4, Attachment: 1, LogEpoch: epoch, Index: index,
		Time: 5, Deadline: 5 + int64(10*time.Second), Request: request})
}

func (r *rig) decide(id string, request uint32) {
	r.publish(&pb.Command{Id: id, LeaseEpoch: testLease, Action: &pb.Command_HostDecision{
		HostDecision: &pb.HostDecision{Request: request, Grant: true}}})
}

func TestMalformedPayloadWithAnID(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Malformed(r.now, serial, "c", "door: not a number")
	r.table.Malformed(r.now, serial, "not an id", "x")
	r.table.Claimed(r.now, first, "c", true, nil)
	r.wantResults("c REFUSED")
}
