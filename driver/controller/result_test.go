package controller

import (
	"errors"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// A command is taken on only when its end can be kept until the vendor app has it, however many are under way.
func TestNoRoomForAResult(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.room = 1
	r.command("taken", 1)
	r.command("no-room", 2)
	r.wantResults("no-room OVERLOADED")
	r.answer(first, "311 4 1", scp.ReplyOK)
	r.command("next", 3)
	r.wantLines("311 4 1", "311 4 3")
	r.wantResults("taken DONE")
}

// However a command ends, and when it is not ours, the room that was kept for its result is free again.
func TestEveryPromiseEnds(t *testing.T) {
	for name, end := range map[string]func(r *rig){
		"answered": func(r *rig) {
			r.command("c", 1)
			r.answer(first, "311 4 1", scp.ReplyOK)
		},
		"repeated":      func(r *rig) { r.command("c", 1); r.command("c", 1); r.answer(first, "311 4 1", scp.ReplyOK) },
		"never replied": func(r *rig) { r.command("c", 1); r.pass(8 * time.Second) },
		"not posted": func(r *rig) {
			r.fail = &scp.Error{Code: scp.Stale}
			r.command("c", 1)
		},
		"refused at once": func(r *rig) { r.command("c", 0) },
		"malformed": func(r *rig) {
			r.table.Malformed(r.now, serial, "c", "x")
			r.table.Claimed(r.now, first, "c", true, nil)
		},
		"lost": func(r *rig) {
			r.publish(unlock("c", 0))
			r.table.Claimed(r.now, first, "c", false, nil)
		},
		"not claimed": func(r *rig) {
			r.publish(unlock("c", 0))
			r.table.Claimed(r.now, first, "c", false, errors.New("gone"))
		},
		"passed over, then won": func(r *rig) {
			r.publish(unlock("c", 0))
			r.pass(claimWithin)
			r.table.Claimed(r.now, first, "c", true, nil)
		},
		"won after the link ended": func(r *rig) {
			r.publish(unlock("c", 0))
			r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
			r.table.Claimed(r.now, first, "c", true, nil)
		},
		"more claims than can wait": func(r *rig) {
			for i := range maxClaiming*4 + 1 {
				r.publish(&pb.Command{Id: string(rune('a' + i))}) // without an action: claimed, not queued
			}
			for i := range maxClaiming * 4 {
				r.table.Claimed(r.now, first, string(rune('a'+i)), true, nil)
			}
		},
		"the link ends": func(r *rig) {
			for _, id := range []string{"a", "b", "c"} { // two are posted
				r.command(id, 1)
			}
			r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			end(r)
			if r.promised != 0 {
				t.Errorf("%d results are promised for ever", r.promised)
			}
		})
	}
}
