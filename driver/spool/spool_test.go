package spool

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

const panel, other = 61364, 70001

func TestPassesThroughWhileTheStreamIsUp(t *testing.T) {
	r := newRig(t)
	r.report(panel, 1, 1, 3)
	r.up = false
	r.pass(0)
	r.pass(awayAfter - time.Second) // a reconnect
	r.report(panel, 1, 4, 4)
	r.wantKept(panel, 1, 2, 3, 4)
	r.wantTold(panel)
	if c := r.Counts(); c.Written != 0 || r.away {
		t.Errorf("%+v", c)
	}
}

// What the outbox could not get rid of is older than what comes now: both go to disk, and are told as stored then.
func TestTakesOverWhenTheStreamIsDownForLong(t *testing.T) {
	r := newRig(t)
	r.report(panel, 1, 1, 3)
	r.lose()
	r.wantKept(panel)
	r.wantTold(panel, 3)
	r.report(panel, 1, 4, 6)
	r.wantTold(panel)
	r.pass(0)
	r.wantTold(panel, 6)
	if got := r.Through(panel, 1, 0); got != 6 {
		t.Errorf("on disk through %d", got)
	}
}

func TestWhatTheDriverSawStaysInTheOutbox(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.Spool.Offer(encoded.Of(&pb.Event{Serial: panel, Body: &pb.Event_Offline{Offline: &pb.Offline{}}}))
	if len(r.saw) != 1 || !r.Settled() {
		t.Errorf("the outbox has %v", r.saw)
	}
}

// Nothing of a controller overtakes what is on disk of it; of another one it does.
func TestHandsOnInOrderBeforeWhatIsNewer(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, 4)
	r.up, r.credit = true, 2
	r.pass(0)
	r.wantKept(panel, 1, 2)
	r.report(panel, 1, 5, 5)
	r.wantKept(panel, 1, 2)
	r.credit = 3
	r.report(other, 1, 1, 1)
	r.wantKept(other, 1)
	r.credit = 1000
	r.stored()
	r.wantKept(panel, 3, 4, 5)
	if !received(r.kept[0]).Backlog {
		t.Error("what was on disk is handed on as if it were news")
	}
	r.report(panel, 1, 6, 6)
	r.wantKept(panel, 3, 4, 5, 6)
	r.stored()
	if c := r.Counts(); c.Controllers != 0 || c.Bytes != 0 {
		t.Errorf("all is acknowledged: %+v", c)
	}
}

// What is much newer than now was written before the clock was set back: how old it is nobody knows. What is a little
// newer came while the spool was at work.
func TestClockThatIsSetBackDuringAnOutage(t *testing.T) {
	for back, backlog := range map[time.Duration]bool{time.Hour: true, time.Millisecond: false} {
		r := newRig(t)
		r.lose()
		r.Spool.Offer(r.newsOf(panel, 1, 1))
		r.pass(0)
		r.up = true
		r.pass(-back)
		r.wantKept(panel, 1)
		if received(r.kept[0]).Backlog != backlog {
			t.Errorf("set back by %v it is handed on as backlog: %v", back, !backlog)
		}
	}
}

// A driver on its way out waits for an empty outbox; what is on disk can wait for the next start.
func TestHoldLeavesTheRestOnDisk(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, 4)
	r.up, r.credit = true, 2
	r.pass(0)
	r.Hold()
	r.stored()
	r.report(panel, 1, 5, 5)
	r.pass(0)
	r.wantKept(panel)
	r.wantTold(panel, 4, 5)
	if !r.Settled() {
		t.Error("not all is on disk")
	}
	r.reopen()
	r.credit = 10
	r.pass(0)
	r.wantKept(panel, 3, 4, 5)
}

// An outbox that has room for one more gets one read from disk, not all that follow it.
func TestReadsWhatThereIsRoomFor(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, chunk)
	r.up, r.credit = true, 0
	allocations := testing.AllocsPerRun(10, func() {
		r.credit++
		r.pass(0)
	})
	if allocations > chunk {
		t.Errorf("%v allocations to hand on one transaction", allocations)
	}
}

// The stream breaks while the disk is handed on: what was not acknowledged is handed on again, and what came
// behind it goes behind it.
func TestStreamBreaksWhileHandingOn(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, 4)
	r.up = true
	r.pass(0)
	r.report(panel, 1, 5, 6) // straight to the outbox
	r.kept = r.kept[1:]
	r.Spool.Acked()
	r.pass(dropEvery)
	r.lose()
	r.up = true
	r.pass(0)
	r.wantKept(panel, 2, 3, 4, 5, 6)
}

func TestKilledProcess(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 3)
	r.report(panel, 2, 1, 2) // its log was erased
	r.pass(0)
	r.report(panel, 2, 3, 3) // never written: the controller was not told that it is stored
	r.reopen()
	if one, two := r.Through(panel, 1, 0), r.Through(panel, 2, 0); one != 3 || two != 2 {
		t.Errorf("on disk through %d of the first log, %d of the second", one, two)
	}
	if one, two, three := r.Last(panel, 1), r.Last(panel, 2), r.Last(panel, 3); one != 3 || two != 2 || three != 0 {
		t.Errorf("ends at %d, %d, %d", one, two, three)
	}
	r.up = true
	r.pass(0)
	r.report(panel, 2, 3, 3)
	r.pass(0)
	r.wantKept(panel, 1, 2, 3, 1, 2, 3)
	r.stored()
	if c := r.Counts(); c.Controllers != 0 {
		t.Errorf("%+v", c)
	}
}

// A Welcome comes just when the spool takes over: what is in memory stays the outbox's, and nothing behind it is told
// as stored.
func TestStreamIsUpAgainWhileTheSpoolTakesOver(t *testing.T) {
	r := newRig(t)
	r.report(panel, 1, 1, 3)
	r.up = false
	r.pass(0)
	r.between = func() { r.up = true }
	r.pass(awayAfter)
	r.report(panel, 1, 4, 4)
	r.pass(0)
	r.wantTold(panel)
	r.wantKept(panel, 1, 2, 3, 4)
}

// A stream that lasts for less than a look: what a failing disk does not take stays queued before what is newer.
func TestStreamThatTheSpoolDoesNotSee(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.failDisk()
	r.report(panel, 1, 1, 1)
	r.pass(0)
	r.between = func() { r.up = true }
	r.pass(0)
	r.between, r.up = nil, false
	r.mend()
	r.pass(retryAfter)
	r.report(panel, 1, 2, 2)
	r.pass(0)
	r.wantTold(panel, 1, 2)
	r.reopen()
	if got := r.Through(panel, 1, 0); got != 2 {
		t.Errorf("on disk through %d", got)
	}
}

// The vendor app has acknowledged all, over a gap that entries here would fill. They stay until the outbox, to which
// they were handed on since, has let go of them too.
func TestAcknowledgementBeforeTheHandOverDropsNothing(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, 4)
	r.up, r.credit = true, 2
	r.pass(0)
	r.wantKept(panel, 1, 2)
	r.stored()
	r.wantKept(panel, 3, 4)
	r.pass(dropEvery)
	r.reopen()
	r.pass(0)
	r.wantKept(panel, 3, 4)
}

func TestRewoundControllerIsNotWrittenTwice(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 3)
	r.report(panel, 1, 2, 3)
	r.pass(0)
	r.report(panel, 1, 1, 4)
	r.pass(0)
	if c := r.Counts(); c.Written != 4 {
		t.Errorf("%+v", c)
	}
}

func TestFullSpoolLeavesTransactionsInTheControllers(t *testing.T) {
	r := newRig(t)
	r.limit = 64 << 10
	r.reopen()
	r.spools(panel, 1, 1, 1000)
	if r.Spool.Offer(entryOf(panel, 1, 1001)) || r.Spool.Free() != 0 || !r.full {
		t.Errorf("took more: %+v", r.Counts())
	}
	r.up = true
	r.pass(0)
	r.told = nil
	r.stored()
	if r.Spool.Free() == 0 || r.full {
		t.Errorf("no room again: %+v", r.Counts())
	}
	r.report(panel, 1, 1001, 1001)
}

// What is full then holds nobody back: it may all lie behind what the app still lacks, and gets from a controller.
func TestFullSpoolThatIsHandedOnHoldsNobodyBack(t *testing.T) {
	r := newRig(t)
	r.limit = 1
	r.reopen()
	r.spools(panel, 1, 1, 5)
	if !r.full || r.Spool.Free() != 0 {
		t.Fatalf("not full: %+v", r.Counts())
	}
	r.up = true
	r.pass(0)
	r.wantKept(panel, 1, 2, 3, 4, 5)
	if free := r.Spool.Free(); !r.full || free != r.Free() || free == 0 {
		t.Errorf("%d are free, in the outbox %d", free, r.Free())
	}
	r.report(panel, 1, 6, 6)
	r.wantKept(panel, 1, 2, 3, 4, 5, 6)
}

// What the limit is about lies on the disk, and not in the entries: pages are half empty where controllers take turns.
func TestFileIsNoLargerThanTheSpoolBelieves(t *testing.T) {
	r := newRig(t)
	r.limit = 64 << 20
	r.reopen()
	r.lose()
	for round := range uint64(20) {
		for serial := range uint64(100) {
			r.report(serial+1, 1, 10*round+1, 10*round+10)
		}
		r.pass(0)
	}
	var file unix.Stat_t
	if err := unix.Stat(r.store.path, &file); err != nil {
		t.Fatal(err)
	}
	if used, disk := r.Counts().Bytes, 512*file.Blocks; disk > int64(used)*3/2 {
		t.Errorf("%d bytes are in use, and the file takes %d on disk", used, disk)
	}
}

// A file gets its name when it is whole, whatever a disk, or the end of a process, left of an earlier one.
func TestUnfinishedFileIsMadeAnew(t *testing.T) {
	r := newRig(t)
	path := r.store.path
	if err := errors.Join(r.store.close(), os.Rename(path, path+".new"), os.Truncate(path+".new", 5000)); err != nil {
		t.Fatal(err)
	}
	r.open()
	left, err := filepath.Glob(filepath.Join(r.dir, "*"))
	if err != nil || !slices.Equal(left, []string{path}) {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestQueueForTheDiskIsBounded(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, maxQueue)
	if r.Spool.Offer(entryOf(panel, 1, maxQueue+1)) || r.Spool.Free() != 0 {
		t.Error("took more")
	}
}
