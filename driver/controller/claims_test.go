package controller

import (
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
