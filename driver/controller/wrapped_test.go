package controller

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// The log of a controller may wrap beyond what it may report while it waits for the vendor app, or for credit.
func TestLogThatWrappedBeyondTheWindow(t *testing.T) {
	waits := map[string]func(r *rig){
		"for the vendor app": func(r *rig) {
			r.logs(1, 16)
			r.stored(testEpoch, 16)
			r.answer(first, "9022 4 3 32", scp.ReplyOK)
			r.answer(first, "9020 4 3 16", scp.ReplyOK)
		},
		"for credit": func(r *rig) {
			r.credit = 0
			r.logs(1, 16)
			r.credit = 100
			r.table.Tick(r.now)
			r.post()
			r.answer(first, "9021 4 3 1", scp.ReplyOK)
		},
		"for nothing, and logged more at once than it can hold": func(r *rig) {
			r.say(scp.Message{Kind: scp.LogNearFull, SCP: 4, Attachment: 1, Log: scp.LogFill{Capacity: 1000, Unread: 1000}})
		},
		"for nothing, and had more in the same breath": func(r *rig) {
			r.say(scp.Message{Kind: scp.LogNearFull, SCP: 4, Attachment: 1, Log: scp.LogFill{Capacity: 1000, Unread: 1000}})
			r.logs(1, 3)
		},
		"for nothing, and said so before it may report": func(r *rig) {
			r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
			again := Key{SCP: 4, Attachment: 2}
			r.attach(again, 1, 0)
			r.grant(again, testLease+1, testEpoch, 0)
			r.answer(again, "9003 4", scp.ReplyOK)
			r.say(scp.Message{Kind: scp.CommandReply, SCP: 4, Attachment: 2, Tag: r.last["9021 4 3 1"], Result: scp.ReplyOK},
				scp.Message{Kind: scp.LogNearFull, SCP: 4, Attachment: 2, Log: scp.LogFill{Capacity: 1000, Unread: 1000}})
			r.answer(again, "9022 4 3 16", scp.ReplyOK)
		},
		"to be admitted again": func(r *rig) {
			r.logs(1, 16)
			r.stored(testEpoch, 16)
			r.answer(first, "9022 4 3 32", scp.ReplyOK)
			r.answer(first, "9020 4 3 16", scp.ReplyOK)
			r.logs(17, 32)
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			r.say(scp.Message{Kind: scp.LogNearFull, SCP: 4, Attachment: 1, Log: scp.LogFill{Capacity: 1000, Unread: 1000}})
			r.pass(askAgain)
			r.answer(first, "9030 4", scp.ReplyOK)
			r.grant(first, testLease+1, testEpoch, 32)
			for _, line := range []string{"9003 4", "9021 4 3 33", "9022 4 3 48", "9020 4 3 32"} {
				r.answer(first, line, scp.ReplyOK)
			}
		},
		"to be admitted": func(r *rig) {
			r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
			again := Key{SCP: 4, Attachment: 2}
			r.attach(again, 1, 0)
			r.pass(longAgo + 1)
			r.grant(again, testLease+1, testEpoch, 0)
			for _, line := range []string{"9003 4", "9021 4 3 1", "9022 4 3 16"} {
				r.answer(again, line, scp.ReplyOK)
			}
		},
	}
	status := func(r *rig, unread uint32) {
		r.lines = nil
		r.pass(silentFor)
		r.wantLines("9030 4")
		at := r.table.ofSerial(serial).key
		r.answer(at, "9030 4", scp.ReplyOK)
		r.say(scp.Message{Kind: scp.LogStatus, SCP: at.SCP, Attachment: at.Attachment,
			Log: scp.LogFill{Capacity: 1000, Unread: unread}})
	}
	for name, wait := range waits {
		t.Run("it waited "+name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			wait(r)
			status(r, 1000)
			r.wantLines("9033 4") // its identity says where the log begins now
		})
		t.Run("it waited "+name+", and has nothing to say", func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			wait(r)
			status(r, 0)
			r.pass(2 * silentFor)
			if name == "for credit" { // what it said once it must have
				r.wantLines("9033 4")
			} else {
				r.wantLines()
			}
		})
	}
}

// It wrapped while the vendor app was asked, which then wanted again what it had acknowledged: most of the log counts as
// read.
func TestLogThatWrappedBelowItsMark(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 99)
	r.grant(first, testLease, testEpoch, 50)
	for _, line := range []string{"9003 4", "9021 4 3 51", "9022 4 3 66", "9020 4 3 50"} {
		r.answer(first, line, scp.ReplyOK)
	}
	r.pass(silentFor)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.lines = nil
	r.say(scp.Message{Kind: scp.LogStatus, SCP: 4, Attachment: 1, Log: scp.LogFill{Capacity: 100, Unread: 10}})
	r.wantLines("9033 4")
}

// It wrapped while it waited for its turn.
func TestLogThatWrappedBeforeItMightBeReported(t *testing.T) {
	r := newRig(t, able)
	r.credit = 0
	r.attach(first, 1, 99)
	r.grant(first, testLease, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 1", scp.ReplyOK)
	fill := scp.Message{Kind: scp.LogStatus, SCP: 4, Attachment: 1, Log: scp.LogFill{Capacity: 100, Unread: 10}}
	r.pass(silentFor)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.say(fill)
	r.wantLines("9003 4", "9021 4 3 1", "9030 4") // it was not let report yet
	r.credit = 100
	r.pass(time.Second)
	r.answer(first, "9022 4 3 16", scp.ReplyOK)
	r.pass(silentFor)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.say(fill)
	r.wantLines("9022 4 3 16", "9030 4", "9033 4")
}

func TestControllerThatReportsIsNotAskedWhy(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 16)
	r.stored(testEpoch, 16)
	r.answer(first, "9022 4 3 32", scp.ReplyOK)
	r.answer(first, "9020 4 3 16", scp.ReplyOK)
	r.logs(17, 17)
	r.lines = nil
	r.pass(2 * silentFor)
	r.wantLines()
}
