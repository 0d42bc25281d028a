package spool

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func gapOf(serial uint64, epoch uint32, first, last uint64) encoded.Event {
	return encoded.Of(&pb.Event{Serial: serial, LogEpoch: epoch, Body: &pb.Event_Gap{Gap: &pb.Gap{First: first, Last: last}}})
}

// wantOutbox compares what the outbox has: epoch.index of a transaction, epoch.first-last of a gap.
func (r *rig) wantOutbox(want string) {
	r.t.Helper()
	var names []string
	for _, ev := range r.kept {
		name := fmt.Sprint(ev.LogEpoch, ".", ev.Index)
		if g := ev.Gap(); g != nil {
			name = fmt.Sprint(ev.LogEpoch, ".", g.First, "-", g.Last)
		}
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != want {
		r.t.Errorf("the outbox has %s, want %s", got, want)
	}
}

// From an erased log's successor on disk nobody could tell what the vendor app lacks of the log before, had the process
// been killed and the gap forgotten.
func TestKilledProcessLeavesGapsToTheNextOne(t *testing.T) {
	for name, outage := range map[string]int{"told before the outage": 3, "told in it": 0, "told in it, where the rest was told before": 1} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for i, tell := range []func(){
				func() { r.report(panel, 1, 1, 2) },
				func() { r.Spool.Offer(gapOf(panel, 1, 3, 0)); r.Spool.Offer(gapOf(panel, 2, 1, 0)) },
				func() { r.report(panel, 3, 1, 2) },
				func() { r.Spool.Offer(gapOf(panel, 3, 3, 7)); r.report(panel, 3, 8, 8) },
			} {
				if i == outage {
					r.lose()
				}
				tell()
			}
			r.pass(0)
			if got := r.told[len(r.told)-1]; got.LogEpoch != 3 || got.Index != 8 {
				t.Errorf("told as stored last: %v", got)
			}
			r.reopen()
			r.up = true
			r.pass(0)
			r.wantOutbox("1.1 1.2 1.3-0 2.1-0 3.1 3.2 3.3-7 3.8")
			r.stored()
			if c := r.Counts(); c.Controllers != 0 || c.Bytes != 0 {
				t.Errorf("all is acknowledged: %+v", c)
			}
		})
	}
}

// The vendor app may acknowledge a gap behind transactions that came after it.
func TestGapThatIsNotAcknowledgedStaysOnDisk(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 2)
	r.Spool.Offer(gapOf(panel, 1, 3, 0))
	r.report(panel, 2, 1, 2)
	r.pass(0)
	r.up = true
	r.pass(0)
	r.kept = slices.DeleteFunc(r.kept, func(ev encoded.Event) bool { return ev.Index != 0 })
	r.Spool.Acked()
	r.pass(dropEvery)
	r.reopen()
	r.pass(0)
	r.wantOutbox("1.3-0 2.1 2.2")
}

// A controller that can't be rewound: the gap is all that the app gets of what it lost, and must not wait for what it can't
// acknowledge before.
func TestGapBelowMoreThanTheCredit(t *testing.T) {
	r := newThrough(t)
	r.credit, r.reserve = 4, 2
	r.spools(panel, 1, 11, 20)
	r.up = true
	r.pass(0)
	r.Spool.Offer(gapOf(panel, 1, 1, 10))
	r.pass(0)
	r.wantOutbox("1.11 1.12 1.1-10")
}

// A stream that breaks while the file is handed on: what is there already is not written again.
func TestGapIsNotWrittenTwice(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.Spool.Offer(gapOf(panel, 1, 3, 9))
	r.report(panel, 1, 10, 10)
	r.pass(0)
	r.up = true
	r.pass(0)
	r.Spool.Offer(gapOf(panel, 1, 11, 19))
	r.report(panel, 1, 20, 20)
	r.lose()
	r.up = true
	r.pass(0)
	r.wantOutbox("1.3-9 1.10 1.11-19 1.20")
	if c := r.Counts(); c.Written != 4 {
		t.Errorf("%+v", c)
	}
}

// Gaps need no room, but memory has a bound: beyond it they are the outbox's, which has one of its own.
func TestGapsBeyondTheQueueGoToTheOutbox(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, maxQueue-1)
	for first := range uint64(3) {
		if !r.Spool.Offer(gapOf(panel, uint32(2+first), 1, 0)) {
			t.Error("not taken")
		}
	}
	r.wantOutbox("3.1-0 4.1-0")
}

// Such a gap stands in the outbox before what it follows, which is on disk until the vendor app has it.
func TestGapPastTheFileDropsNothing(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(other, 1, 1, maxQueue-2)
	r.report(panel, 1, 1, 2)
	r.Spool.Offer(gapOf(panel, 1, 3, 0))
	r.pass(0)
	r.report(panel, 2, 1, 2)
	r.pass(0)
	r.wantTold(panel, 2, 2)
	r.wantOutbox("1.3-0")
	r.up, r.credit = true, maxQueue+5
	r.pass(0)
	r.pass(dropEvery)
	r.reopen()
	r.pass(0)
	r.wantKept(panel, 1, 2, 1, 2)
	r.stored()
	if c := r.Counts(); c.Controllers != 0 || c.Bytes != 0 {
		t.Errorf("all is acknowledged: %+v", c)
	}
}

func TestGapAtTheEndDoesNotHideWhatIsStored(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 2)
	r.Spool.Offer(gapOf(panel, 1, 3, 9))
	r.pass(0)
	r.wantTold(panel, 2)
}

// What went to the outbox from memory is taken back when the stream is lost: behind it in the file, not before it.
func TestNothingIsWrittenBehindAGapThatTheDiskDidNotTake(t *testing.T) {
	r := newThrough(t)
	r.failDisk()
	r.report(panel, 1, 1, 2)
	r.Spool.Offer(gapOf(panel, 1, 3, 9))
	r.pass(0)
	r.mend()
	r.report(panel, 1, 10, 10)
	r.pass(retryAfter)
	r.wantTold(panel)
	r.lose()
	r.reopen()
	r.up = true
	r.pass(0)
	r.wantOutbox("1.1 1.2 1.3-9 1.10")
}
