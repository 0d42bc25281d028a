package controller

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

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

// Redis was away for so long that another process' claim may have run out. That lasts for the whole ttl and as much
// longer, however old the command was when it was heard there.
func TestClaimWonWhenAnothersMayHaveRunOut(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration
		want  []string
	}{
		"in time":  {17 * time.Second, []string{"c REFUSED"}},
		"too late": {17*time.Second + 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			c := unlock("c", 0)
			c.TtlMs = 5000
			published := r.now
			r.publish(c)
			r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
			r.table.Claimed(published.Add(test.after), first, "c", true, nil)
			r.wantResults(test.want...)
		})
	}
	r := newRig(t, able)
	r.serve()
	c := unlock("c", 0)
	c.TtlMs = 60_000
	r.table.Command(r.now, serial, c, r.now.Add(-50*time.Second))
	if want := 72 * time.Second; r.keep != want {
		t.Errorf("claimed for %v, want %v", r.keep, want)
	}
}

// It was published a moment ago, however late its requester's clock is, so nobody's claim has run out.
func TestCommandThatWasIssuedLongAgoHasAResult(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	c := unlock("c", 0)
	c.IssuedAtNs = r.table.AppTime(r.now).Add(-time.Hour).UnixNano()
	r.publish(c)
	r.table.Claimed(r.now, first, "c", true, nil)
	r.wantResults("c EXPIRED")
}

// leaseEnds is how a lease may end while its controller is here.
var leaseEnds = map[string]func(r *rig){
	"revoked": func(r *rig) {
		r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	},
	"ran out": func(r *rig) { r.now = leasesEnd },
}

func TestNothingIsClaimedWithoutALease(t *testing.T) {
	for name, end := range leaseEnds {
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

// Redis dies between publish and claim: the command is passed over, so that those behind it, which need no claim,
// are not held up for all of its ttl.
func TestUnclaimedCommandHoldsUpTheOthersForAWhile(t *testing.T) {
	tests := []struct {
		name string
		ttl  uint32
		held time.Duration
		late string // its result, when the claim is won after all
	}{
		{"of a long ttl", 60_000, claimWithin, "c REFUSED"},
		{"of a ttl that ends before", 2_000, 2 * time.Second, "c EXPIRED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			c := unlock("c", 0)
			c.TtlMs = test.ttl
			r.publish(c)
			r.command("next", 2)
			r.pass(test.held - time.Millisecond)
			r.wantLines()
			r.pass(200 * time.Millisecond)
			r.wantLines("311 4 2")
			r.answer(first, "311 4 2", scp.ReplyOK)
			r.wantResults("next DONE")
			r.table.Claimed(r.now, first, "c", true, nil)
			r.post()
			r.wantLines()
			r.wantResults(test.late)
		})
	}
}

func TestCommandThatCouldNotBeClaimedIsCountedOnce(t *testing.T) {
	for name, end := range map[string]func(*rig){
		"never asked":     func(*rig) {},
		"asked in vain":   func(r *rig) { r.table.Claimed(r.now, first, "c", false, errors.New("gone")) },
		"lost after all":  func(r *rig) { r.table.Claimed(r.now, first, "c", false, nil) },
		"the link is cut": func(r *rig) { r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			c := unlock("c", 0)
			c.TtlMs = 60_000
			r.publish(c)
			r.pass(claimWithin + time.Second)
			end(r)
			r.pass(time.Minute)
			r.wantResults()
			if n := r.table.Counts().ClaimsFailed.Load(); n != 1 {
				t.Errorf("counted %d", n)
			}
		})
	}
}

// The lease is looked at before the claim, and again before the post.
func TestClaimWonAfterTheLeaseEnded(t *testing.T) {
	for name, end := range leaseEnds {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			r.now = leasesEnd.Add(-time.Second)
			r.publish(unlock("c", 0))
			end(r)
			r.table.Claimed(r.now, first, "c", true, nil)
			r.post()
			r.wantLines()
			r.wantResults("c REFUSED")
		})
	}
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

// A lease ends and another begins while commands wait in the queue: what names the former is not run under the
// latter. Seen to fail without the look at the name right before the post.
func TestCommandThatOutlivesItsLease(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.command("a", 1)
	r.command("b", 2) // no more at a time
	r.command("named", 3)
	r.publish(unlock("any", 0))
	r.table.Claimed(r.now, first, "any", true, nil)
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.grant(first, testLease+1, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantResults()
	r.lines = nil
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.answer(first, "311 4 2", scp.ReplyOK)
	r.wantResults("a DONE", "named REFUSED", "b DONE")
	r.wantLines("311 4 1") // any
}
