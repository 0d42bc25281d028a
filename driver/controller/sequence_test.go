package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

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

// The library gives its number of a controller, and its tags, to the next one: a late answer, and a post that comes
// back late, are not that one's.
func TestNumberAndTagThatAreUsedAgain(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.command("old", 1)
	tag := r.last["311 4 1"]
	r.table.Command(r.now, serial, unlock("at-the-library", testLease), r.now)
	former := r.ready[0]
	post, _ := former.Next(r.now)
	r.ready = nil
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
	r.wantResults("old UNKNOWN")

	second := Key{SCP: 4, Attachment: 2}
	r.attach(second, 1, 0)
	r.grant(second, testLease+1, testEpoch, 0)
	for _, line := range []string{"9003 4", "9021 4 3 1", "9022 4 3 16"} {
		r.answer(second, line, scp.ReplyOK)
	}
	r.tags[second] = tag - 1
	r.publish(unlock("new", testLease+1))
	r.say(scp.Message{Kind: scp.CommandReply, SCP: 4, Attachment: 1, Tag: tag, Result: scp.ReplyOK})
	r.wantResults()
	former.Posted(r.now, post, tag, nil)
	r.wantResults("at-the-library UNKNOWN")
	r.say(scp.Message{Kind: scp.CommandReply, SCP: 4, Attachment: 2, Tag: tag, Result: scp.ReplyOK})
	r.wantResults("new DONE")
	if strays, open := r.table.Counts().Strays.Load(), r.table.Counts().Open.Load(); strays != 1 || open != 0 {
		t.Errorf("%d strays, %d open", strays, open)
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

// Else the link would stay, with nobody to serve its controller.
func TestLastWordIsSaidUntilTheLibraryTakesIt(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.fail = &scp.Error{Op: "post", Code: scp.Refused}
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain + 3*lastAgain) // a probe that is not taken: it is detached, and that is not taken either
	r.fail = nil
	r.pass(2 * lastAgain)
	r.wantLines("9033 4")
	r.pass(10 * lastAgain)
	r.wantLines()
}

// What moves a door goes to a fresh link alone, nothing goes later than its ttl, and no library call may move a door later than
// that and REPLY_GRACE.
func TestTermsOfAPost(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	now := r.now
	r.table.Command(r.now, serial, unlock("door", testLease), r.now)
	r.table.Command(r.now, serial, &pb.Command{Id: "status", LeaseEpoch: testLease,
		Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}}, r.now)
	s := r.ready[0]
	for _, want := range []struct {
		terms scp.Terms
		over  time.Time
	}{
		{scp.Terms{MaxSilence: 3 * time.Second, Until: now.Add(5 * time.Second)}, now.Add(7 * time.Second)},
		{scp.Terms{Until: now.Add(time.Minute)}, time.Time{}},
	} {
		p, _ := s.Next(now)
		if p.Terms != want.terms || p.Over != want.over {
			t.Errorf("%v: %+v, over at %v, want %+v", p.Command, p.Terms, p.Over, want)
		}
		s.Posted(now, p, 1, nil)
	}
}

func TestCommandThatTheLibraryWasNotFreeForInTimeExpires(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	c := unlock("late", testLease)
	c.TtlMs = 2000
	r.table.Command(r.now, serial, c, r.now)
	s := r.ready[0]
	p, _ := s.Next(r.now)
	s.Posted(r.now.Add(2*time.Second+1), p, 0, tooLate)
	r.wantResults("late EXPIRED")
}

var tooLate = &scp.Error{Op: "post", Code: scp.Late}

func TestCommandThatTheLibraryWasNotFreeForUnderItsLeaseIsRefused(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.now = leasesEnd.Add(-10 * time.Millisecond)
	r.table.Command(r.now, serial, unlock("late", testLease), r.now)
	s := r.ready[0]
	p, _ := s.Next(r.now)
	if p.Terms.Until != leasesEnd {
		t.Errorf("it may be posted until %v, the lease ends at %v", p.Terms.Until, leasesEnd)
	}
	s.Posted(leasesEnd.Add(1), p, 0, tooLate)
	r.wantResults("late REFUSED")
}

// At ttl + REPLY_GRACE, and no earlier, a command that nobody answers ends, and with it the link on which it may
// still be under way. Its answer, should it come then, is nobody's.
func TestReplyThatNeverComes(t *testing.T) {
	for ttl, c := range map[time.Duration]*pb.Command{
		5 * time.Second: {Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}},
		time.Minute:     {Action: &pb.Command_MaskInput{MaskInput: &pb.MaskInput{Input: 1}}},
		2 * time.Second: {TtlMs: 2000, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}},
	} {
		t.Run(fmt.Sprint("ttl ", ttl), func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			c.Id, c.LeaseEpoch = "c", testLease
			r.publish(c)
			posted := r.lines[0]
			r.pass(ttl + r.table.rules.ReplyGrace - time.Millisecond)
			r.wantResults()
			r.wantLines(posted)
			r.pass(time.Millisecond)
			r.wantResults("c UNKNOWN")
			r.wantLines("9033 4")
			r.answer(first, posted, scp.ReplyOK)
			r.wantResults()
			if n := r.table.Counts().Strays.Load(); n != 1 {
				t.Errorf("%d strays", n)
			}
		})
	}
}

// What moves a door may still be on its way over the link that is given up: the library must give it up soon.
func TestLinkWithADoorUnansweredIsGivenUpInAHurry(t *testing.T) {
	for name, test := range map[string]struct {
		command *pb.Command
		hurry   time.Duration
	}{
		"a door":    {&pb.Command{TtlMs: 5000, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}, 2 * time.Second},
		"no effect": {&pb.Command{TtlMs: 5000, Action: &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			test.command.Id, test.command.LeaseEpoch = "c", testLease
			r.publish(test.command)
			r.now = r.now.Add(7 * time.Second)
			r.table.Tick(r.now)
			p, _ := r.ready[0].Next(r.now)
			want := time.Time{}
			if test.hurry > 0 {
				want = r.now.Add(test.hurry)
			}
			if _, detach := p.Command.Action.(scp.Detach); !detach || p.Over != want {
				t.Errorf("%v, over at %v, want a detach over at %v", p.Command, p.Over, want)
			}
		})
	}
}

// Where the library can't tell when it last heard from a link, only doors wait for a sign of life.
func TestSilentLinkTakesWhatMovesNoDoor(t *testing.T) {
	r := newRig(t, careful)
	r.serve()
	r.pass(4 * time.Second)
	r.publish(&pb.Command{Id: "mask", LeaseEpoch: testLease, Action: &pb.Command_MaskInput{MaskInput: &pb.MaskInput{Input: 1}}})
	r.wantLines("9012 4 1 0")
	r.command("door", 1)
	r.wantLines("9030 4")
	r.answer(first, "9012 4 1 0", scp.ReplyOK) // a sign of life as good as the one that was asked for
	r.wantLines("311 4 1")
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
