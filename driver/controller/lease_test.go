package controller

import (
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestFencedSessionReportsAndAsksAgain(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.command("late", 1)
	r.logs(1, 2)
	r.stored(testEpoch, 2)
	r.wantLines()
	r.wantResults("late REFUSED")
	if got := r.indexes(); !slices.Equal(got, upTo(1, 2)) {
		t.Errorf("a fenced session forwarded %v", got)
	}
	r.pass(askAgain)
	r.wantLines("9030 4")
	if len(r.asked) != 1 {
		t.Fatalf("asked before the controller answered")
	}
	r.answer(first, "9030 4", scp.ReplyOK)
	if len(r.asked) != 2 || r.asked[1].Log.Newest != 2 {
		t.Fatalf("asked again: %v", r.asked[1:])
	}
	r.grant(first, testLease+1, testEpoch, 2)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 3")
}

// A vendor app that has less than it once said wants what the controller was told to forget. What that still has it tells
// at the start of a link.
func TestControllerWhoseLogTheAppHasLostDialsAnew(t *testing.T) {
	for name, test := range map[string]struct {
		epoch uint32
		after uint64
		want  []string
	}{
		"a part of it":         {testEpoch, 1, []string{"9033 4"}},
		"all of it":            {testEpoch - 1, 7, []string{"9033 4"}},
		"nothing":              {testEpoch, 2, []string{"9003 4"}},
		"it has learned of it": {testEpoch, 3, []string{"9003 4"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			r.logs(1, 3)
			r.stored(testEpoch, 2)
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			r.pass(askAgain)
			r.answer(first, "9030 4", scp.ReplyOK)
			r.lines = nil
			r.grant(first, testLease+1, test.epoch, test.after)
			r.wantLines(test.want...)
		})
	}
}

func TestBacklogIsOlderThanTheLinkAndNotThanTheLease(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 2)
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.grant(first, testLease+1, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 1", scp.ReplyOK)
	r.logs(1, 3)
	for _, ev := range r.events {
		if ev.Backlog {
			t.Errorf("transaction %d is flagged as backlog, though it was logged over this link", ev.Index)
		}
	}
}

func TestSilentControllerOfAFencedSessionIsProbedLessAndLess(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(10 * time.Minute)
	if n := len(r.lines); n < 8 || n > 16 {
		t.Errorf("%d probes in ten minutes", n)
	}
	if len(r.asked) != 1 {
		t.Errorf("the vendor app was asked for a controller that is not there")
	}
}

// Another process has a link of the same serial that answers, too: they ask less and less often, and from the beginning
// when one of them has had its way for long.
func TestLeaseThatIsLostAgainAndAgain(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	lease := uint64(testLease)
	waits := func() (waited time.Duration) {
		r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: lease})
		asked, revoked := len(r.asked), r.now
		for r.lines = nil; len(r.asked) == asked; r.pass(100 * time.Millisecond) {
			if len(r.lines) > 0 {
				waited = r.now.Sub(revoked)
				r.answer(first, "9030 4", scp.ReplyOK)
			}
		}
		lease++
		r.grant(first, lease, testEpoch, 0)
		for _, line := range []string{"9003 4", "9021 4 3 1"} {
			r.answer(first, line, scp.ReplyOK)
		}
		return waited
	}
	for _, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
		if got := waits().Round(time.Second); got != want*time.Second {
			t.Errorf("asked again after %v, want %v", got, want*time.Second)
		}
		r.answer(first, "9022 4 3 16", scp.ReplyOK)
		r.pass(time.Second)
	}
	r.pass(askAgainMost)
	if got := waits().Round(time.Second); got != askAgain {
		t.Errorf("asked again after %v, want %v", got, askAgain)
	}
}

func TestLeaseEndsWithoutHeartbeats(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.pass(time.Hour)
	r.command("late", 1)
	r.logs(1, 1)
	r.stored(testEpoch, 1)
	r.passToAck()
	r.wantLines()
	r.wantResults("late REFUSED")
	if len(r.indexes()) != 1 {
		t.Errorf("reports stopped with the lease")
	}
	r.table.LeasesRunUntil(r.now, r.now.Add(10*time.Second))
	r.post()
	r.wantLines("9020 4 3 1")
}

func TestWelcomeEndsLeasesWithoutAVerdict(t *testing.T) {
	for _, renewed := range []bool{true, false} {
		r := newRig(t, able)
		r.serve()
		held := r.table.HeldLeases()
		if len(held) != 1 || held[0].LeaseEpoch != testLease {
			t.Fatalf("held leases %v", held)
		}
		w := &pb.Welcome{}
		if renewed {
			w.Verdicts = []*pb.LeaseVerdict{{Serial: serial, LeaseEpoch: testLease, Renewed: true}}
		}
		r.table.Welcomed(r.now, w)
		want := pb.ControllerStanding_CONTROLLER_STANDING_FENCED
		if renewed {
			want = pb.ControllerStanding_CONTROLLER_STANDING_LEASED
		}
		if got := r.table.Snapshot().Controllers[0].Standing; got != want {
			t.Errorf("renewed %v: standing %v", renewed, got)
		}
	}
}

func TestLeaseThatNobodyUsesIsGivenBack(t *testing.T) {
	offline := scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1}
	tests := map[string]func(r *rig){
		"link gone while asked": func(r *rig) {
			r.say(offline)
			if len(r.canceled) != 1 {
				r.t.Errorf("canceled %v", r.canceled)
			}
			r.grant(first, testLease, testEpoch, 0)
		},
		"link gone before the confirmation": func(r *rig) {
			r.grant(first, testLease, testEpoch, 0)
			r.say(offline)
		},
		"no confirmation": func(r *rig) {
			r.grant(first, testLease, testEpoch, 0)
			r.pass(answerWithin)
			r.wantLines("9003 4", "9033 4")
			r.say(offline)
		},
		"confirmation denied": func(r *rig) {
			r.grant(first, testLease, testEpoch, 0)
			r.answer(first, "9003 4", scp.ReplyNAK)
			r.wantLines("9003 4", "9033 4")
			r.say(offline)
		},
	}
	for name, act := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.attach(first, 1, 0)
			act(r)
			if !slices.Equal(r.returned, []uint64{testLease}) || len(r.table.byKey) != 0 {
				t.Errorf("returned %v, still known %d", r.returned, len(r.table.byKey))
			}
			for _, ev := range r.events {
				if ev.GetOnline() != nil {
					t.Errorf("told online")
				}
			}
		})
	}
}

func TestLeaseThatIsRevokedBeforeItsGrantIsRead(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 0)
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.grant(first, testLease, testEpoch, 0)
	r.wantLines("9033 4")
	if len(r.table.HeldLeases()) != 0 {
		t.Error("a lease is held that another process has")
	}
}
