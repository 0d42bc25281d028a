package controller

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// onDisk is a spool that holds the test's log from an index to another one.
type onDisk struct {
	epoch       uint32
	first, last uint64
}

func (d onDisk) Through(_ uint64, epoch uint32, index uint64) uint64 {
	if epoch == d.epoch && d.first <= index+1 {
		return max(index, d.last)
	}
	return index
}

func (d onDisk) Kept(_ uint64, epoch uint32, index uint64) (first, last uint64) {
	if epoch == d.epoch && index <= d.last {
		return max(index, d.first), d.last
	}
	return 0, 0
}

func (d onDisk) Last(_ uint64, epoch uint32) uint64 {
	if epoch == d.epoch {
		return d.last
	}
	return 0
}

// The vendor app gets from disk what the controller would have to say again, and may have forgotten.
func TestLogBeginsBehindWhatIsOnDisk(t *testing.T) {
	const erased, ahead, wrapped = pb.GapCause_GAP_CAUSE_ERASED, pb.GapCause_GAP_CAUSE_APP_AHEAD, pb.GapCause_GAP_CAUSE_WRAPPED
	for name, test := range map[string]struct {
		disk           onDisk
		oldest, newest uint64
		epoch          uint32 // what the vendor app has
		index          uint64
		rewind         string
		gaps           []*pb.Gap
	}{
		"behind what is stored":         {onDisk{testEpoch, 11, 30}, 25, 40, testEpoch, 10, "9021 4 3 31", nil},
		"not next to it":                {onDisk{testEpoch, 20, 30}, 1, 40, testEpoch, 10, "9021 4 3 11", nil},
		"of the log before":             {onDisk{2, 11, 30}, 1, 5, 2, 10, "9021 4 3 1", []*pb.Gap{{First: 31, Cause: erased}}},
		"of the log before, a hole":     {onDisk{2, 20, 30}, 1, 5, 2, 10, "9021 4 3 1", []*pb.Gap{{First: 11, Last: 19, Cause: erased}, {First: 31, Cause: erased}}},
		"of both logs, the app has one": {onDisk{testEpoch, 1, 3}, 1, 5, 2, 10, "9021 4 3 4", []*pb.Gap{{First: 11, Cause: erased}}},
		"of what it has overwritten":    {onDisk{testEpoch, 20, 30}, 31, 40, testEpoch, 10, "9021 4 3 31", []*pb.Gap{{First: 11, Last: 19, Cause: wrapped}}},
		"more than there is":            {onDisk{testEpoch, 11, 30}, 1, 5, testEpoch, 10, "9021 4 3 6", []*pb.Gap{{First: 6, Last: 30, Cause: ahead}}},
		"more than there is, a hole":    {onDisk{testEpoch, 20, 30}, 1, 5, testEpoch, 3, "9021 4 3 6", []*pb.Gap{{First: 6, Last: 19, Cause: ahead}, {First: 6, Last: 30, Cause: ahead}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.table.ports.Spool = test.disk
			r.attach(first, test.oldest, test.newest)
			r.grant(first, testLease, test.epoch, test.index)
			r.answer(first, "9003 4", scp.ReplyOK)
			r.wantLines("9003 4", test.rewind)
			if gaps := r.gaps(); !slices.EqualFunc(gaps, test.gaps, func(a, b *pb.Gap) bool { return proto.Equal(a, b) }) {
				t.Errorf("gaps %v, want %v", gaps, test.gaps)
			}
			if held := r.table.HeldLeases()[0]; test.epoch == testEpoch && held.Acknowledged != test.index {
				t.Errorf("the lease says that the app acknowledged %d, it has %d", held.Acknowledged, test.index)
			}
		})
	}
}

// Without log epochs an erased log's entries have the names of those on disk. Its controller is served when the vendor
// app has these, and so knows of the erase.
func TestErasedControllerWaitsForWhatIsOnDisk(t *testing.T) {
	r := newRig(t, careful)
	r.table.ports.Spool = onDisk{0, 1, 30}
	r.attach(first, 1, 5)
	r.grant(first, testLease, 0, 0)
	r.wantLines("9033 4")
	if !slices.Equal(r.returned, []uint64{testLease}) {
		t.Errorf("given back %v", r.returned)
	}
	r.table.ports.Spool = onDisk{}
	again := Key{SCP: 4, Attachment: 2}
	r.attach(again, 1, 5)
	r.grant(again, testLease+1, 0, 0)
	r.answer(again, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 0 1")
}

func TestControllerOfWhichMoreIsThereThanOnDiskDoesNotWait(t *testing.T) {
	r := newRig(t, careful)
	r.table.ports.Spool = onDisk{0, 1, 30}
	r.attach(first, 1, 30)
	r.grant(first, testLease, 0, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 0 31")
}

// What is on disk may be forgotten by the controller though the vendor app is away for so long that the lease ran
// out; without a spool nothing moves then, nor under a lease that was revoked.
func TestLogMovesUnderALapsedLeaseWhereThereIsASpool(t *testing.T) {
	for name, test := range map[string]struct {
		spool   Spool
		revoked bool
		want    []string
	}{
		"spool":          {onDisk{}, false, []string{"9020 4 3 8", "9022 4 3 24"}},
		"none":           {nil, false, nil},
		"spool, revoked": {onDisk{}, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.table.ports.Spool = test.spool
			r.serve()
			r.logs(1, 8)
			r.now = r.now.Add(2 * time.Hour)
			if r.table.ofSerial(serial).current(r.now) {
				t.Fatal("the lease runs")
			}
			if test.revoked {
				r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			}
			r.stored(testEpoch, 8)
			for _, line := range test.want {
				r.answer(first, line, scp.ReplyOK)
			}
			r.wantLines(test.want...)
		})
	}
}

// What was being written when the vendor app lost its database is told to a session that has begun below it.
func TestWhatIsOnDiskIsNotTakenForWhatFillsTheHoleBelow(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 40)
	r.grant(first, testLease, testEpoch, 4)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 5", scp.ReplyOK)
	r.answer(first, "9020 4 3 4", scp.ReplyOK)
	r.answer(first, "9022 4 3 20", scp.ReplyOK)
	r.logs(5, 9)
	r.lines = nil
	r.table.Spooled(r.now, []*pb.LogPosition{{Serial: serial, LogEpoch: testEpoch, Index: 20}})
	r.passToAck()
	r.wantLines()
	r.stored(testEpoch, 9)
	r.wantLines("9020 4 3 9", "9022 4 3 25")
}
