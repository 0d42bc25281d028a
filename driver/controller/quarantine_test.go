package controller

import (
	"fmt"
	"testing"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// isolate has the vendor app keep a controller in quarantine.
func (r *rig) isolate(key Key) {
	r.table.Admitted(r.now, key, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Quarantined{
		Quarantined: &pb.Quarantined{Reason: "not known"}}}, r.now, nil)
	r.post()
}

// stranger attaches the controller with a number, whose serial is the same.
func (r *rig) stranger(number int16) Key {
	key := Key{SCP: number, Attachment: 1}
	r.identifies(key, uint64(number), "")
	return key
}

// However a controller leaves the quarantine, its place is free again; without a place it is refused.
func TestQuarantineIsCapped(t *testing.T) {
	for name, leave := range map[string]func(r *rig, key Key){
		"its link ends":  func(r *rig, key Key) { r.leaves(key) },
		"it is admitted": func(r *rig, key Key) { r.pass(quarantineAsk); r.grant(key, testLease, 0, 0) },
		"it is refused":  func(r *rig, key Key) { r.pass(quarantineAsk); r.refuse(key) },
		"nobody decides": func(r *rig, key Key) {
			r.pass(quarantineAsk)
			r.table.Admitted(r.now, key, nil, r.now, fmt.Errorf("gone"))
		},
		"it is displaced":   func(r *rig, key Key) { r.identifies(Key{SCP: 90}, 1, "") },
		"the driver drains": func(r *rig, key Key) { r.table.Release(r.now); r.post() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			one, two, three := r.stranger(1), r.stranger(2), r.stranger(3)
			r.isolate(one)
			r.isolate(two)
			r.wantLines()
			r.isolate(three)
			r.wantLines("9004 3")
			if n := r.table.Counts().Quarantined.Load(); n != 2 {
				t.Errorf("%d in quarantine", n)
			}
			leave(r, one)
			r.leaves(two)
			if n := r.table.Counts().Quarantined.Load(); n != 0 {
				t.Errorf("%d in quarantine, all have left it", n)
			}
		})
	}
}

func (r *rig) refuse(key Key) {
	r.table.Admitted(r.now, key, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Refused{Refused: &pb.Refused{}}}, r.now, nil)
	r.post()
}

// A controller that has become known need not dial in again to be served, and one that has not keeps its place.
func TestQuarantineIsAskedForAgain(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 5)
	for n := 1; n <= 3; n++ {
		r.isolate(first)
		r.pass(quarantineAsk - 1)
		if len(r.asked) != n {
			t.Fatalf("asked %d times, want %d", len(r.asked), n)
		}
		r.pass(1)
		if len(r.asked) != n+1 || r.asked[n].Serial != serial {
			t.Fatalf("asked %d times, want %d", len(r.asked), n+1)
		}
		r.pass(quarantineAsk) // the answer takes its time
		if len(r.asked) != n+1 {
			t.Fatal("asked again before the answer")
		}
	}
	if q := r.table.Counts().Quarantined.Load(); q != 1 {
		t.Errorf("%d in quarantine", q)
	}
	r.wantLines()
	r.isolate(first)
	r.table.Welcomed(r.now, &pb.Welcome{})
	if len(r.asked) != 5 {
		t.Fatal("not asked on a new stream")
	}
	r.grant(first, testLease, testEpoch, 2)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 3")
}
