package controller

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

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

// Who is not served dials again and again: the log names each once a minute, with its peer, and not too many.
func TestControllersThatAreNotServedAreLoggedSeldom(t *testing.T) {
	r := newRig(t, able)
	var log bytes.Buffer
	r.table.log = slog.New(slog.NewTextHandler(&log, nil))
	attachment := uint32(0)
	dial := func(serial uint64, answer func(Key)) {
		attachment++
		key := Key{SCP: 1, Attachment: attachment}
		r.say(scp.Message{Kind: scp.CommOnline, SCP: key.SCP, Attachment: key.Attachment, Text: "192.0.2.9:1024"})
		r.identifies(key, serial, "")
		answer(key)
		r.leaves(key)
	}
	for range 20 {
		dial(7, r.refuse)
		dial(8, r.isolate)
		r.now = r.now.Add(2 * time.Second)
	}
	refused, isolated := strings.Count(log.String(), "controller refused"), strings.Count(log.String(), "controller quarantined")
	if refused != 1 || isolated != 1 || strings.Count(log.String(), "peer=192.0.2.9:") != 2 {
		t.Errorf("in a minute, of one each:\n%s", log.String())
	}
	r.now = r.now.Add(time.Minute)
	for serial := range uint64(1000) {
		dial(1+serial, r.refuse)
	}
	if n := strings.Count(log.String(), "controller refused") - refused; n != mostTurnedAway {
		t.Errorf("%d lines for 1000 strangers", n)
	}
	log.Reset()
	r.now = r.now.Add(time.Minute)
	for _, serial := range []uint64{11, 12} {
		key := Key{SCP: int16(serial), Attachment: 1}
		r.identifies(key, serial, "")
		r.isolate(key)
	}
	dial(13, r.isolate)
	if !strings.Contains(log.String(), "the quarantine is full: QUARANTINE is 2") {
		t.Error(log.String())
	}
}

// Nobody asks for one that is let go, though its minute comes before its link is gone.
func TestControllerThatLeavesQuarantineInItsMinute(t *testing.T) {
	r := newRig(t, able)
	r.isolate(r.stranger(1))
	r.now = r.now.Add(quarantineAsk - time.Millisecond)
	r.table.Release(r.now)
	r.post()
	r.pass(time.Second)
	if due := r.table.Due(r.now); due == 0 {
		t.Error("something is due for ever")
	}
}
