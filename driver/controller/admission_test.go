package controller

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestLifeOfAController(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 5, 40)
	if len(r.asked) != 1 || r.asked[0].Serial != serial || r.asked[0].Log.Oldest != 5 || r.asked[0].Log.Newest != 40 {
		t.Fatalf("the vendor app was asked %v", r.asked)
	}
	r.wantLines() // its log is untouched until it is leased
	r.grant(first, testLease, testEpoch, 30)
	r.wantLines("9003 4")
	if len(r.events) != 0 {
		t.Errorf("told %v before the controller confirmed", r.events)
	}
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9021 4 3 31")
	r.answer(first, "9021 4 3 31", scp.ReplyOK)
	r.wantLines("9020 4 3 30", "9022 4 3 46")
	if r.events[0].GetOnline() == nil || r.events[0].LeaseEpoch != testLease || !r.subs[serial] {
		t.Errorf("told %v, subscribed %v", r.events, r.subs)
	}
	r.logs(31, 41)
	if got := r.indexes(); !slices.Equal(got, upTo(31, 41)) {
		t.Errorf("forwarded %v", got)
	}
	if old, live := r.events[1], r.events[len(r.events)-1]; !old.Backlog || live.Backlog {
		t.Errorf("backlog flags: 31 %v, 41 %v", old.Backlog, live.Backlog)
	}
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1, Text: "reset"})
	if last := r.events[len(r.events)-1]; last.GetOffline().GetCause() != "reset" {
		t.Errorf("last event is %v", last)
	}
	if !slices.Equal(r.returned, []uint64{testLease}) || r.subs[serial] || len(r.table.byKey) != 0 {
		t.Errorf("after its end: returned %v, subscribed %v, known %d", r.returned, r.subs, len(r.table.byKey))
	}
}

func TestVerdictsOtherThanAGrant(t *testing.T) {
	tests := []struct {
		name string
		resp *pb.AdmitResponse
		err  error
		want []string
	}{
		{"refused", &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Refused{Refused: &pb.Refused{Reason: "unknown"}}}, nil, []string{"9004 4"}},
		{"quarantined", &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Quarantined{Quarantined: &pb.Quarantined{}}}, nil, nil},
		{"failed", nil, errors.New("boom"), []string{"9033 4"}},
		{"empty", &pb.AdmitResponse{}, nil, []string{"9033 4"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.attach(first, 1, 0)
			r.table.Admitted(r.now, first, test.resp, r.now, test.err)
			r.post()
			r.logs(1, 1)
			r.command("c", 1)
			r.wantLines(test.want...)
			r.wantResults()
			if len(r.events) != 0 {
				t.Errorf("told %v", r.events)
			}
		})
	}
}

func TestControllerThatDoesNotIdentifyIsDetached(t *testing.T) {
	r := newRig(t, able)
	r.say(scp.Message{Kind: scp.CommOnline, SCP: 4, Attachment: 1})
	r.pass(identifyWithin)
	r.wantLines("9033 4")
}

func TestControllerWithoutAProperSerialIsDetached(t *testing.T) {
	for _, told := range []uint64{0, 1 << 63} {
		r := newRig(t, able)
		r.say(scp.Message{Kind: scp.CommOnline, SCP: 4, Attachment: 1},
			scp.Message{Kind: scp.IdentityTold, SCP: 4, Attachment: 1, Identity: &scp.Identity{Serial: told}})
		r.wantLines("9033 4")
		if len(r.asked) != 0 || len(r.table.Serials()) != 0 {
			t.Errorf("serial %d: asked %v, serials %v", told, r.asked, r.table.Serials())
		}
	}
}

func TestWhatATitleShowsHasChanged(t *testing.T) {
	r := newRig(t, able)
	changed := func(what string, want bool) {
		t.Helper()
		select {
		case <-r.table.Changed():
			if !want {
				t.Errorf("%s: changed", what)
			}
		default:
			if want {
				t.Errorf("%s: no change", what)
			}
		}
	}
	changed("nobody is here", false)
	r.attach(first, 1, 0)
	changed("a controller came", true)
	r.grant(first, testLease, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	changed("it is served", false)
	r.command("c", 1)
	changed("it was sent a command", true)
	r.answer(first, "311 4 1", scp.ReplyOK)
	changed("it answered", true)
	r.say(scp.Message{Kind: scp.CommOffline, SCP: first.SCP, Attachment: first.Attachment})
	changed("it went", true)
}

func TestControllerThatChangesItsSerialIsDetached(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.say(scp.Message{Kind: scp.IdentityTold, SCP: 4, Attachment: 1, Identity: &scp.Identity{Serial: serial + 1}})
	r.wantLines("9033 4")
	if got := r.table.Serials(); !slices.Equal(got, []uint64{serial}) {
		t.Errorf("serials %v", got)
	}
}

func TestSecondLinkOfAControllerDisplacesTheFirst(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.command("open", 1)
	second := Key{SCP: 9, Attachment: 1}
	r.attach(second, 1, 0)
	r.wantLines("311 4 1", "9033 4")
	if last := r.events[len(r.events)-1]; last.GetOffline() == nil || last.LeaseEpoch != testLease {
		t.Errorf("last event is %v", last)
	}
	r.grant(second, testLease+1, testEpoch, 0)
	r.answer(second, "9003 9", scp.ReplyOK)
	r.command("old lease", 1)
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
	r.wantResults("open UNKNOWN")
	if !r.subs[serial] {
		t.Errorf("the end of the old link ended the subscription of the new one")
	}
	if got := r.table.Serials(); !slices.Equal(got, []uint64{serial}) {
		t.Errorf("serials %v", got)
	}
}

func TestQuarantineEndsTheReportsOfAControllerThatWasServed(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.events = nil
	r.table.Admitted(r.now, first, &pb.AdmitResponse{
		Verdict: &pb.AdmitResponse_Quarantined{Quarantined: &pb.Quarantined{}}}, r.now, nil)
	r.logs(1, 2)
	r.say(scp.Message{Kind: scp.LogStatus, SCP: 4, Attachment: 1})
	if len(r.events) != 0 {
		t.Errorf("told %v", r.events)
	}
}

// Whoever publishes learns from when on that is heard: not yet when the controller is online, but when Redis has said so.
func TestCommandsAreReadyWhenRedisSaysSo(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 0)
	r.grant(first, testLease, testEpoch, 0)
	confirm := func(ready bool) { r.table.CommandsReady(r.now, serial, ready) }
	confirm(true) // to somebody before
	r.answer(first, "9003 4", scp.ReplyOK)
	confirm(true)
	confirm(true)
	if !r.table.Snapshot().Controllers[0].CommandsReady {
		t.Error("not so in the snapshot")
	}
	confirm(false)
	confirm(true)
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	confirm(false)
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.grant(first, testLease+1, testEpoch, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	var told []string
	for _, ev := range r.events {
		switch body := ev.Body.(type) {
		case *pb.Event_Online:
			told = append(told, fmt.Sprint("online ", body.Online.CommandsReady))
		case *pb.Event_CommandsReady:
			told = append(told, fmt.Sprint(body.CommandsReady.Ready))
		}
	}
	if want := []string{"online false", "true", "false", "true", "online false"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A Welcome may come so late that the leases run again with the next echo only. Who would tell the app then?
func TestSnapshotDoesNotAskWhetherLeasesRun(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.pass(2 * time.Hour)
	if got := r.table.Snapshot().Controllers[0].Standing; got != pb.ControllerStanding_CONTROLLER_STANDING_LEASED {
		t.Errorf("standing %v under a lease that ran out, and was not revoked", got)
	}
}

func TestReleaseTellsTheLogAndDetaches(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 3)
	r.stored(testEpoch, 3)
	r.table.BeginDrain()
	r.command("late", 1)
	r.table.Hold()
	r.logs(4, 5)
	if got := r.indexes(); len(got) != 3 {
		t.Errorf("forwarded %v, though the controllers were to keep it", got)
	}
	r.table.Release(r.now)
	r.post()
	r.wantLines("9020 4 3 3")
	r.answer(first, "9020 4 3 3", scp.ReplyOK)
	r.wantLines("9033 4")
	r.wantResults("late REFUSED")
	if !slices.Equal(r.returned, []uint64{testLease}) {
		t.Errorf("returned %v", r.returned)
	}
	r.attach(Key{SCP: 5, Attachment: 1}, 1, 0)
	r.wantLines("9033 5")
}

// A panel that is turned away may dial again at once, thousands of times: its coming and going is no news.
func TestWhoIsTurnedAwayByADrainIsNotLogged(t *testing.T) {
	r := newRig(t, able)
	var log bytes.Buffer
	r.table.log = slog.New(slog.NewTextHandler(&log, nil))
	r.table.BeginDrain()
	for attachment := range uint32(100) {
		key := Key{4, attachment}
		r.attach(key, 1, 5)
		r.say(scp.Message{Kind: scp.CommOffline, SCP: key.SCP, Attachment: attachment})
	}
	if log.Len() > 0 || r.table.Attached() != 0 {
		t.Errorf("%d attached, logged:\n%s", r.table.Attached(), &log)
	}
}
