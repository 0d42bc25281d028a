package controller

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// once and pausing are libraries that say each transaction once.
var (
	once    = scp.Capabilities{ParallelPosts: true, CumulativeAck: true, ReportUpTo: true, LogEpochs: true, LastHeard: true}
	pausing = scp.Capabilities{CumulativeAck: true, Pause: true}
)

// startOnce serves a controller whose log has entries up to 40, of which the vendor app has 30 and the disk 5 more.
func startOnce(t *testing.T) *rig {
	r := newRig(t, once)
	r.table.ports.Spool = onDisk{testEpoch, 31, 35}
	r.attach(first, 1, 40)
	r.grant(first, testLease, testEpoch, 30)
	r.answer(first, "9003 4", scp.ReplyOK)
	return r
}

func (r *rig) wantGaps(want ...*pb.Gap) {
	r.t.Helper()
	if !slices.EqualFunc(r.gaps(), want, func(a, b *pb.Gap) bool { return proto.Equal(a, b) }) {
		r.t.Errorf("gaps %v, want %v", r.gaps(), want)
	}
}

// Nobody knows where it goes on: it may say all that it has, and what comes first shows what is missing.
func TestControllerThatSaysEachTransactionOnce(t *testing.T) {
	r := startOnce(t)
	r.wantLines("9003 4", "9020 4 3 35", "9022 4 3 56")
	r.logs(34, 36)
	r.logs(39, 60)
	if got := r.indexes(); !slices.Equal(got, append([]uint64{36}, upTo(39, 60)...)) {
		t.Errorf("forwarded %v", got)
	}
	r.wantGaps(&pb.Gap{First: 37, Last: 38, Cause: pb.GapCause_GAP_CAUSE_WRAPPED})
	r.lines = nil
	r.stored(testEpoch, 60)
	r.wantLines("9020 4 3 60", "9022 4 3 76")
}

func TestPausedControllerThatSaysEachTransactionOnce(t *testing.T) {
	r := newRig(t, pausing)
	r.table.ports.Spool = onDisk{}
	r.attach(first, 1, 0)
	r.grant(first, testLease, 0, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9024 4")
	r.logs(1, 8)
	r.wantLines("9023 4")
	r.logs(9, 100)
	r.wantLines()
	r.stored(0, 100)
	r.wantLines("9024 4", "9020 4 0 100")
	if got := r.indexes(); !slices.Equal(got, upTo(1, 100)) {
		t.Errorf("forwarded %v", got)
	}
}

// The vendor app that lost its database gets from disk what the controller would not say again.
func TestControllerThatSaysEachTransactionOnceGoesOnBehindTheDisk(t *testing.T) {
	r := newRig(t, once)
	r.table.ports.Spool = onDisk{testEpoch, 11, 30}
	r.attach(first, 1, 40)
	r.grant(first, testLease, 0, 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.logs(31, 31)
	r.wantGaps(&pb.Gap{First: 1, Last: 10, Cause: pb.GapCause_GAP_CAUSE_WRAPPED})
}

// What the spool has no room for is lost, and said to be, in one gap.
func TestTransactionsThatNobodyCanKeep(t *testing.T) {
	r := startOnce(t)
	r.logs(36, 37)
	r.credit = 0
	r.logs(38, 41)
	r.wantGaps()
	r.credit = 10
	r.pass(silentFor)
	r.logs(42, 43)
	r.wantGaps(&pb.Gap{First: 38, Last: 41, Cause: pb.GapCause_GAP_CAUSE_SKIPPED})
	if got := r.indexes(); !slices.Equal(got, []uint64{36, 37, 42, 43}) || r.table.Counts().Unkept.Load() != 4 {
		t.Errorf("forwarded %v, %d lost", got, r.table.Counts().Unkept.Load())
	}
}

// A drain leaves nothing in a controller that would not say it again.
func TestHeldControllerThatSaysEachTransactionOnce(t *testing.T) {
	r := startOnce(t)
	r.table.BeginDrain()
	r.table.Hold()
	r.logs(36, 37)
	r.table.Release(r.now)
	r.logs(38, 38)
	if got := r.indexes(); !slices.Equal(got, upTo(36, 38)) {
		t.Errorf("forwarded %v", got)
	}
}

// It goes on while the vendor app is asked again; what the app says to have shows whether it has lost some.
func TestAskedAgainForAControllerThatSaysEachTransactionOnce(t *testing.T) {
	for name, test := range map[string]struct {
		epoch uint32
		index uint64
		want  []*pb.Gap
	}{
		"it has all":             {testEpoch, 37, nil},
		"it gets some from disk": {testEpoch, 30, nil},
		"it has lost some":       {testEpoch, 20, []*pb.Gap{{First: 21, Last: 30, Cause: pb.GapCause_GAP_CAUSE_SKIPPED}}},
		"it has lost all":        {0, 0, []*pb.Gap{{First: 1, Last: 30, Cause: pb.GapCause_GAP_CAUSE_SKIPPED}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := startOnce(t)
			r.logs(36, 36)
			r.table.ports.Spool = onDisk{testEpoch, 31, 37}
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			r.pass(askAgain)
			r.answer(first, "9030 4", scp.ReplyOK)
			r.logs(37, 37)
			r.grant(first, testLease+1, test.epoch, test.index)
			r.lines = nil
			r.answer(first, "9003 4", scp.ReplyOK)
			r.wantLines()
			r.logs(38, 38)
			r.wantGaps(test.want...)
			if got := r.indexes(); !slices.Equal(got, upTo(36, 38)) {
				t.Errorf("forwarded %v", got)
			}
		})
	}
}

// A library may have a controller report unasked. Where it says all once, that is kept for the case that it is admitted.
func TestTransactionsBeforeTheAdmission(t *testing.T) {
	for name, test := range map[string]struct {
		caps scp.Capabilities
		want []uint64
	}{"said once": {once, upTo(31, 32)}, "said again": {able, nil}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, test.caps)
			r.table.ports.Spool = onDisk{}
			r.attach(first, 1, 40)
			r.logs(31, 31)
			r.grant(first, testLease, testEpoch, 30)
			r.logs(32, 32)
			if got := r.indexes(); !slices.Equal(got, test.want) {
				t.Errorf("forwarded %v, want %v", got, test.want)
			}
		})
	}
}

// It is newer than what the controller said of its log, and no gap.
func TestNewTransactionBeforeTheAdmission(t *testing.T) {
	r := newRig(t, once)
	r.table.ports.Spool = onDisk{testEpoch, 31, 31}
	r.attach(first, 1, 30)
	r.logs(31, 31)
	r.grant(first, testLease, testEpoch, 30)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.logs(32, 32)
	r.wantGaps()
}

// Nothing of it is to be forwarded, so it must not go on.
func TestQuarantineDetachesAControllerThatSaysEachTransactionOnce(t *testing.T) {
	r := startOnce(t)
	r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
	r.pass(askAgain)
	r.answer(first, "9030 4", scp.ReplyOK)
	r.lines = nil
	r.isolate(first)
	r.wantLines("9033 4")
}
