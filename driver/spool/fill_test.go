package spool

import (
	"slices"
	"testing"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// acknowledge lets the vendor app store what the outbox has, and acknowledge of a controller what has no hole before it.
func (r *rig) acknowledge(serial uint64, stored map[uint64]bool) {
	r.t.Helper()
	for _, ev := range r.kept {
		stored[ev.Index] = stored[ev.Index] || ev.Serial == serial
	}
	var all uint64
	for stored[all+1] {
		all++
	}
	r.kept = slices.DeleteFunc(r.kept, func(ev encoded.Event) bool { return ev.Serial == serial && ev.Index <= all })
	r.Spool.Acked()
	r.pass(dropEvery)
}

// The app lost its database: it wants from 1 on, and can't acknowledge what is on disk, which is more than the credit, and
// all that the spool may hold.
func TestHoleBelowMoreThanTheCredit(t *testing.T) {
	r := newRig(t)
	r.limit = 1
	r.reopen()
	r.credit, r.reserve = 256, 128
	r.spools(panel, 1, 1001, 3000)
	r.up = true
	r.pass(0)
	r.wantTold(panel, 3000)
	stored := make(map[uint64]bool)
	for next := uint64(1); next <= 3000; r.acknowledge(panel, stored) {
		if r.Spool.Free() == 0 || !r.Spool.Offer(entryOf(panel, 1, next)) {
			t.Fatalf("the session is not let fetch %d: %+v", next, r.Counts())
		}
		for next <= 3000 && r.Spool.Offer(entryOf(panel, 1, next)) {
			next++
		}
	}
	for range 3000 / r.reserve {
		r.acknowledge(panel, stored)
	}
	if c := r.Counts(); len(stored) != 3000 || len(r.kept) > 0 || c.Controllers != 0 || c.Written != 2000 {
		t.Errorf("%d of 3000 are stored, the outbox has %d, %+v", len(stored), len(r.kept), c)
	}
}

// Other controllers have much in their logs, and keep all the credit in use that they get.
func TestSpoolIsHandedOnBesideBusySessions(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, 3000)
	r.up, r.credit, r.reserve = true, 1000, 500
	r.pass(0)
	next := uint64(1)
	for range 300 {
		for r.Spool.Free() > 0 && r.Spool.Offer(entryOf(other, 1, next)) {
			next++
		}
		r.kept = r.kept[min(len(r.kept), 100):]
		r.Spool.Acked()
		r.pass(10 * time.Millisecond)
	}
	if c := r.Counts(); c.Controllers != 0 {
		t.Errorf("beside %d of another controller the spool keeps %+v", next-1, c)
	}
}

// A hole between what is on disk: nothing goes before what stands below it.
func TestHoleIsFilledInOrder(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 2)
	r.report(panel, 1, 5, 6)
	r.pass(0)
	r.up, r.credit, r.reserve = true, 10, 9
	r.pass(0)
	if r.Spool.Offer(entryOf(panel, 1, 3)) {
		t.Error("3 is taken before 2 was handed on")
	}
	r.reserve = 7
	r.pass(0)
	r.Spool.Offer(gapOf(panel, 1, 3, 3))
	r.reserve = 0
	r.report(panel, 1, 4, 6)
	r.pass(0)
	r.wantOutbox("1.1 1.2 1.5 1.3-3 1.4 1.6")
}

// A gap over what is kept comes behind it: the app may acknowledge all of a gap, also what has not reached it yet.
func TestGapOverWhatIsOnDiskComesBehindIt(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 11, 14)
	r.up, r.credit = true, 2
	r.pass(0)
	r.Spool.Offer(gapOf(panel, 1, 6, 12))
	r.Spool.Offer(gapOf(panel, 1, 1, 5))
	r.pass(0)
	r.credit = 10
	r.pass(0)
	r.wantOutbox("1.11 1.12 1.1-5 1.13 1.14 1.6-12")
}

func TestGapOverWhatIsQueuedComesBehindItThoughTheQueueIsFull(t *testing.T) {
	r := newRig(t)
	r.credit = maxQueue + 10
	r.lose()
	r.report(panel, 1, 11, 10+maxQueue)
	r.Spool.Offer(gapOf(panel, 1, 6, 12))
	if len(r.kept) > 0 {
		t.Errorf("the outbox has %d", len(r.kept))
	}
	r.Spool.Offer(gapOf(panel, 2, 1, 5))
	r.wantOutbox("2.1-5")
}

// So it does when the stream was lost, and what it is over is handed on again.
func TestGapOverWhatIsOnDiskComesBehindItAgain(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 11, 14)
	r.up = true
	r.pass(0)
	r.Spool.Offer(gapOf(panel, 1, 6, 12))
	r.report(other, 1, 1, 2)
	r.Spool.Offer(gapOf(other, 1, 1, 2))
	r.lose()
	r.up = true
	r.pass(0)
	r.wantOutbox("1.11 1.12 1.13 1.14 1.6-12 1.1 1.2 1.1-2")
}

func TestKept(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 5, 6)
	r.report(panel, 1, 9, 9)
	for index, want := range map[uint64][2]uint64{1: {5, 6}, 5: {5, 6}, 6: {6, 6}, 7: {9, 9}, 10: {0, 0}} {
		if first, last := r.Kept(panel, 1, index); first != want[0] || last != want[1] {
			t.Errorf("from %d on %d to %d is kept, want %v", index, first, last, want)
		}
	}
}

// The stream is lost for long before a hole is filled: from behind what waits for it in the file, what fills it could never
// be handed on. It is in memory only, so the controller must not be told that all is stored.
func TestWhatFillsAHoleIsNotWritten(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 11, 12)
	r.up = true
	r.pass(0)
	r.report(panel, 1, 1, 2)
	r.Spool.Offer(gapOf(panel, 1, 3, 4))
	r.lose()
	r.report(panel, 1, 5, 13)
	r.told = nil
	r.pass(0)
	r.wantTold(panel)
	r.wantOutbox("1.1 1.2 1.3-4 1.5 1.6 1.7 1.8 1.9 1.10")
	r.up = true
	r.pass(0)
	r.stored()
	r.wantKept(panel)
	r.spools(panel, 1, 14, 14)
	r.wantTold(panel, 14)
}

// What was under way when the controller was rewound goes to disk behind what it said then.
func TestRewoundControllerIsWrittenInOrder(t *testing.T) {
	r := newRig(t)
	r.report(panel, 1, 8, 9)
	r.Spool.Offer(gapOf(panel, 1, 10, 0))
	r.report(panel, 2, 1, 1)
	r.report(panel, 1, 1, 7)
	r.lose()
	r.up = true
	r.pass(0)
	r.wantOutbox("1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10-0 2.1")
}

// What went past the file says nothing of what was handed on from it, and is not acknowledged.
func TestWhatFillsAHoleDropsNothing(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 3, 4)
	r.up, r.credit = true, 1
	r.pass(0)
	r.credit = 10
	r.report(panel, 1, 1, 2)
	r.pass(0)
	r.kept = r.kept[1:] // the app has 3
	r.pass(dropEvery)
	r.reopen()
	r.pass(0)
	r.wantKept(panel, 4)
}

// feeder counts how often the sessions are told that they may go on.
type feeder struct{ fed *int }

func (f feeder) Spooled(time.Time, []*pb.LogPosition) { *f.fed++ }

// A session that could not use its turn, as the disk is full for it, must not keep it from one that fills a hole.
func TestSessionsGetTheirTurnsThoughNothingIsStored(t *testing.T) {
	r := newRig(t)
	fed := 0
	r.sessions = feeder{&fed}
	for range 3 {
		r.pass(dropEvery)
	}
	if fed != 3 {
		t.Errorf("%d times in 3 s", fed)
	}
}
