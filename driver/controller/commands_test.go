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

func TestAgeBound(t *testing.T) {
	tests := []struct {
		name    string
		born    time.Duration // before now
		issued  time.Duration // before now; 0 not told
		offset  time.Duration // vendor app's clock ahead of ours
		outcome string
	}{
		{"fresh", 0, 0, 0, ""},
		{"just good enough", 5 * time.Second, 0, 0, ""},
		{"too old by the connection", 5*time.Second + 1, 0, 0, "c EXPIRED"},
		{"too old by its own word", 0, 6 * time.Second, 0, "c EXPIRED"},
		{"clock ahead, in truth fresh", 0, -time.Hour, time.Hour, ""},
		{"clock ahead, in truth old", 0, -time.Hour + 6*time.Second, time.Hour, "c EXPIRED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			r.table.ClockOffset(test.offset)
			c := unlock("c", testLease)
			if test.issued != 0 {
				c.IssuedAtNs = r.now.Add(-test.issued).UnixNano()
			}
			r.table.Command(r.now, serial, c, r.now.Add(-test.born))
			r.post()
			if test.outcome == "" {
				r.wantLines("311 4 1")
				r.wantResults()
				return
			}
			r.wantLines()
			r.wantResults(test.outcome)
		})
	}
}

func TestAgeIsCheckedAgainRightBeforeTheLibraryCall(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("c", testLease), r.now)
	r.now = r.now.Add(5*time.Second + 1) // no thread had time for it
	r.post()
	r.wantLines()
	r.wantResults("c EXPIRED")
}

func TestInitialCommandsAgeWhileTheControllerConfirms(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 0)
	asked := r.now
	r.now = r.now.Add(2 * time.Second) // on its way
	r.table.Admitted(r.now, first, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{
		LeaseEpoch: testLease, InitialCommands: []*pb.Command{unlock("c", 0)}}}}, asked, nil)
	r.post()
	r.pass(3*time.Second + 1)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 1")
	r.wantResults("c EXPIRED")
}

func TestCommandInTheQueueExpires(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	for i := range 4 {
		r.command(fmt.Sprint("c", i), uint32(i+1))
	}
	r.wantLines("311 4 1", "311 4 2") // two sequences at a time
	r.pass(5*time.Second + time.Millisecond)
	r.wantResults("c2 EXPIRED", "c3 EXPIRED")
	r.wantLines()
	r.pass(2 * time.Second)
	if len(r.results) != 2 || r.results[0].Outcome != pb.Outcome_OUTCOME_UNKNOWN {
		t.Errorf("results %v", r.results)
	}
	r.wantLines("9033 4") // what may still be on its way is discarded
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

func TestClaims(t *testing.T) {
	tests := []struct {
		name    string
		won     bool
		err     error
		results []string
		lines   []string
	}{
		{"won", true, nil, nil, []string{"311 4 1"}},
		{"lost to another process", false, nil, nil, nil},
		{"redis gone", false, fmt.Errorf("gone"), nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			r.publish(unlock("c", 0))
			r.table.Claimed(r.now, first, "c", test.won, test.err)
			r.post()
			r.wantLines(test.lines...)
			r.wantResults(test.results...)
		})
	}
}

func TestOnlyTheWinnerOfTheClaimAnswers(t *testing.T) {
	bad := &pb.Command{Id: "c"}
	for _, won := range []bool{true, false} {
		r := newRig(t, able)
		r.serve()
		r.publish(bad)
		r.wantResults()
		r.table.Claimed(r.now, first, "c", won, nil)
		if won {
			r.wantResults("c REFUSED")
		} else {
			r.wantResults()
		}
	}
}

func TestNothingIsClaimedWithoutALease(t *testing.T) {
	tests := map[string]func(r *rig){
		"revoked": func(r *rig) {
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
		},
		"ran out": func(r *rig) { r.pass(time.Hour) },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			end(r)
			r.publish(unlock("c", 0))
			if len(r.claims) != 0 {
				t.Errorf("claimed %v, which the present holder could have run", r.claims)
			}
			if n := r.table.Counts().NotOurs.Load(); n != 1 {
				t.Errorf("counted %d as another holder's", n)
			}
		})
	}
}

func TestClaimThatComesTooLate(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(unlock("c", 0))
	r.pass(6 * time.Second)
	r.wantResults()
	r.table.Claimed(r.now, first, "c", true, nil)
	r.post()
	r.wantLines()
	r.wantResults("c EXPIRED")
}

func TestClaimWonAfterTheLinkEnded(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.publish(unlock("c", 0))
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
	r.table.Claimed(r.now, first, "c", true, nil)
	r.wantResults("c REFUSED")
	if len(r.table.byKey) != 0 {
		t.Errorf("the session is still known")
	}
}

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
	if n := r.table.known.Load(); n != 0 {
		t.Errorf("%d are remembered for no session", n)
	}
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

func TestReplyThatOvertakesItsOwnPost(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("c", testLease), r.now)
	s := r.ready[0]
	p, more := s.Next(r.now)
	if !more {
		t.Fatal("nothing to post")
	}
	r.table.Receive(r.now, []scp.Message{{Kind: scp.CommandReply, SCP: 4, Attachment: 1, Tag: 77, Result: scp.ReplyOK}})
	s.Posted(r.now, p, 77, nil)
	r.wantResults("c DONE")
}

func TestTagThatIsGivenOutTwice(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	for _, id := range []string{"a", "b"} {
		r.table.Command(r.now, serial, unlock(id, testLease), r.now)
		s := r.ready[0]
		p, _ := s.Next(r.now)
		s.Posted(r.now, p, 0, nil) // a library that gives no tag
	}
	r.ready = nil
	r.pass(7 * time.Second)
	r.wantResults("a UNKNOWN", "b UNKNOWN")
	if r.table.Busy() {
		t.Error("a sequence is left open for ever")
	}
}

func TestPostsOfOneControllerNeverOverlap(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("a", testLease), r.now)
	r.table.Command(r.now, serial, unlock("b", testLease), r.now)
	s := r.ready[0]
	if _, more := s.Next(r.now); !more {
		t.Fatal("nothing to post")
	}
	if _, more := s.Next(r.now); more {
		t.Error("a second post while the first is at the library")
	}
}

func TestDrainWaitsForACommandThatIsAtTheLibrary(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("c", testLease), r.now)
	s := r.ready[0]
	p, _ := s.Next(r.now)
	if r.table.Idle() {
		t.Error("idle while the command is at the library")
	}
	s.Posted(r.now, p, 77, nil)
	if r.table.Idle() {
		t.Error("idle while the command is unanswered")
	}
	r.say(scp.Message{Kind: scp.CommandReply, SCP: 4, Attachment: 1, Tag: 77, Result: scp.ReplyOK})
	if !r.table.Idle() {
		t.Error("not idle though the command was answered")
	}
}

// An answer and the end of the link, as after a reset, may both be drained before the post has come back.
func TestEarlyAnswerOutlivesTheLink(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("c", testLease), r.now)
	s := r.ready[0]
	p, _ := s.Next(r.now)
	r.table.Receive(r.now, []scp.Message{
		{Kind: scp.CommandReply, SCP: 4, Attachment: 1, Tag: 77, Result: scp.ReplyOK},
		{Kind: scp.CommOffline, SCP: 4, Attachment: 1},
	})
	s.Posted(r.now, p, 77, nil)
	r.wantResults("c DONE")
	if n := r.table.Counts().Open.Load(); n != 0 {
		t.Errorf("%d commands are open", n)
	}
}

func TestPanicInAStepDoesNotLockTheSession(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.offered = func() { panic("outbox") }
	func() {
		defer func() { _ = recover() }()
		r.logs(1, 1)
	}()
	if s := r.table.ofSerial(serial); !s.mu.TryLock() {
		t.Error("a drain would wait for the session for ever")
	}
}

func TestLibraryThatDoesNotTakeACommand(t *testing.T) {
	tests := []struct {
		code   scp.Code
		reason string
	}{
		{scp.Stale, "the controller's link is silent"},
		{scp.Gone, "the controller went offline"},
		{scp.Refused, "refused"},
	}
	for _, test := range tests {
		r := newRig(t, able)
		r.serve()
		r.fail = &scp.Error{Op: "post unlock", Code: test.code}
		r.command("c", 1)
		if len(r.results) != 1 || !strings.Contains(r.results[0].Reason, test.reason) || r.results[0].PostedNs != 0 {
			t.Errorf("results %v, want reason %q", r.results, test.reason)
		}
		r.wantResults("c REFUSED")
	}
}

func TestFreshnessIsAskedForInThePost(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("door", testLease), r.now)
	r.table.Command(r.now, serial, &pb.Command{Id: "status", LeaseEpoch: testLease,
		Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}}, r.now)
	s := r.ready[0]
	for _, want := range []time.Duration{3 * time.Second, 0} {
		p, _ := s.Next(r.now)
		if p.MaxSilence != want {
			t.Errorf("%v: silence of %v allowed, want %v", p.Command, p.MaxSilence, want)
		}
		s.Posted(r.now, p, 1, nil)
	}
}

func TestSilentLinkMustAnswerBeforeADoorMoves(t *testing.T) {
	r := newRig(t, careful)
	r.serve()
	r.pass(4 * time.Second)
	r.command("c", 1)
	r.wantLines("9030 4")
	r.answer(first, "9030 4", scp.ReplyOK)
	r.wantLines("311 4 1")
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.wantResults("c DONE")
	r.pass(4 * time.Second)
	r.command("d", 2)
	r.wantLines("9030 4")
	r.pass(6 * time.Second)
	r.wantResults("d EXPIRED")
}

func TestHostDecisionsAnswerOpenQuestionsOnly(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	wrongClock := int64(5) // the controller's clock is off by decades
	r.say(scp.Message{Kind: scp.HostDecisionRequest, SCP: 4, Attachment: 1, LogEpoch: testEpoch, Index: 1,
		Time: wrongClock, Deadline: wrongClock + int64(10*time.Second), Request: 21})
	r.decide("open", 21)
	r.decide("other", 22)
	r.wantResults("other REFUSED")
	r.wantLines("9018 4 21 1")
	r.answer(first, "9018 4 21 1", scp.ReplyOK)
	r.pass(11 * time.Second)
	r.decide("late", 21)
	r.wantResults("open DONE", "late REFUSED")
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

func TestQuestionThatIsFetchedAgainIsAsOldAsItWas(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.credit = 0
	r.ask(testEpoch, 1, 21)
	r.pass(time.Minute)
	r.credit = 100
	r.pass(time.Second)
	r.answer(first, "9021 4 3 1", scp.ReplyOK)
	r.ask(testEpoch, 1, 21)
	r.decide("late", 21)
	r.wantResults("late REFUSED")
}

func TestQuestionInALogThatBeganAfterTheAttachmentIsLive(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 50)
	r.grant(first, testLease, testEpoch, 50)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 51", scp.ReplyOK)
	r.ask(testEpoch, 50, 20)
	r.decide("backlog", 20)
	r.wantResults("backlog REFUSED")
	r.ask(testEpoch+1, 1, 21)
	r.lines = nil
	r.decide("live", 21)
	r.wantLines("9018 4 21 1")
}

func TestMalformedPayloadWithAnID(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Malformed(r.now, serial, "c", "door: not a number")
	r.table.Malformed(r.now, serial, "not an id", "x")
	r.table.Claimed(r.now, first, "c", true, nil)
	r.wantResults("c REFUSED")
}

func TestDueListDoesNotGrow(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	for i := range 500 {
		r.command(fmt.Sprint("c", i), 1)
		r.answer(first, "311 4 1", scp.ReplyOK)
		r.pass(100 * time.Millisecond)
	}
	r.pass(2 * time.Minute)
	if n := len(r.table.due.queue); n != 0 {
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
	if n := len(r.table.due.queue); n != 1 {
		t.Errorf("%d entries of one session", n)
	}
}
