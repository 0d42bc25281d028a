package controller

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// An index behind which none comes would end all counting.
func TestIndexOutOfRange(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(math.MaxInt64+1, math.MaxInt64+1)
	r.wantLines("9033 4")
	if got := r.indexes(); len(got) > 0 {
		t.Errorf("forwarded %v", got)
	}
}

func TestStartBehindWhatIsStored(t *testing.T) {
	const wrapped, erased, ahead = pb.GapCause_GAP_CAUSE_WRAPPED, pb.GapCause_GAP_CAUSE_ERASED, pb.GapCause_GAP_CAUSE_APP_AHEAD
	tests := []struct {
		name           string
		oldest, newest uint64
		epoch          uint32
		index          uint64
		rewind         string
		gaps           []pb.Gap //nolint:govet // compared field by field
		gapEpochs      []uint32
	}{
		{name: "nothing stored, nothing lost", oldest: 1, newest: 9, rewind: "9021 4 3 1"},
		{name: "stored in part", oldest: 1, newest: 9, epoch: 3, index: 5, rewind: "9021 4 3 6"},
		{name: "stored in full", oldest: 1, newest: 9, epoch: 3, index: 9, rewind: "9021 4 3 10"},
		{name: "wrapped before the first report", oldest: 4, newest: 9, rewind: "9021 4 3 4",
			gaps: []pb.Gap{{First: 1, Last: 3, Cause: wrapped}}, gapEpochs: []uint32{3}},
		{name: "wrapped", oldest: 8, newest: 9, epoch: 3, index: 5, rewind: "9021 4 3 8",
			gaps: []pb.Gap{{First: 6, Last: 7, Cause: wrapped}}, gapEpochs: []uint32{3}},
		{name: "erased", oldest: 1, newest: 2, epoch: 2, index: 50, rewind: "9021 4 3 1",
			gaps: []pb.Gap{{First: 51, Last: 0, Cause: erased}}, gapEpochs: []uint32{2}},
		{name: "erased and wrapped", oldest: 3, newest: 9, epoch: 2, index: 50, rewind: "9021 4 3 3",
			gaps: []pb.Gap{{First: 51, Last: 0, Cause: erased}, {First: 1, Last: 2, Cause: wrapped}}, gapEpochs: []uint32{2, 3}},
		{name: "erased twice, and nobody saw the log between", oldest: 1, newest: 2, epoch: 1, index: 50, rewind: "9021 4 3 1",
			gaps: []pb.Gap{{First: 51, Last: 0, Cause: erased}, {First: 1, Last: 0, Cause: erased}}, gapEpochs: []uint32{1, 2}},
		{name: "erased before the first entry was stored", oldest: 1, newest: 2, epoch: 2, rewind: "9021 4 3 1",
			gaps: []pb.Gap{{First: 1, Last: 0, Cause: erased}}, gapEpochs: []uint32{2}},
		{name: "the app's log is of a later day than the controller's", oldest: 1, newest: 2, epoch: 1<<32 - 1, index: 7, rewind: "9021 4 3 1",
			gaps: []pb.Gap{{First: 8, Last: 0, Cause: erased}}, gapEpochs: []uint32{1<<32 - 1}},
		{name: "app ahead", oldest: 1, newest: 9, epoch: 3, index: 12, rewind: "9021 4 3 10",
			gaps: []pb.Gap{{First: 10, Last: 12, Cause: ahead}}, gapEpochs: []uint32{3}},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.attach(first, test.oldest, test.newest)
			r.grant(first, testLease, test.epoch, test.index)
			r.answer(first, "9003 4", scp.ReplyOK)
			r.wantLines("9003 4", test.rewind)
			gaps := r.gaps()
			if len(gaps) != len(test.gaps) {
				t.Fatalf("gaps %v", gaps)
			}
			epochs := []uint32{}
			for i, g := range gaps {
				want := &test.gaps[i]
				if g.First != want.First || g.Last != want.Last || g.Cause != want.Cause {
					t.Errorf("gap %v, want %d to %d, %v", g, want.First, want.Last, want.Cause)
				}
			}
			for _, ev := range r.events {
				if ev.GetGap() != nil {
					epochs = append(epochs, ev.LogEpoch)
				}
			}
			if !slices.Equal(epochs, append([]uint32{}, test.gapEpochs...)) {
				t.Errorf("gaps in epochs %v", epochs)
			}
		})
	}
}

// A vendor app need not acknowledge what nobody has: a gap that is wider than the window does not fill it.
func TestGapIsNotWaitedFor(t *testing.T) {
	r := newRig(t, careful)
	r.serve()
	r.logs(1, 3)
	r.logs(1000, 1002) // the first finds three unacknowledged before the gap
	r.stored(0, 3)
	r.table.Tick(r.now)
	r.post()
	r.answer(first, "9021 4 0 1000", scp.ReplyOK)
	r.logs(1000, 1003)
	r.stored(0, 1003)
	r.logs(5000, 5001) // and now there is none
	if got := r.indexes(); !slices.Equal(got, append(upTo(1, 3), 1000, 1001, 1002, 1003, 5000, 5001)) {
		t.Errorf("forwarded %v", got)
	}
	if g := r.gaps(); len(g) != 2 || g[0].First != 4 || g[0].Last != 999 || g[1].First != 1004 || g[1].Last != 4999 {
		t.Errorf("gaps %v", g)
	}
}

// The vendor app can tell from it that it has lost something: only what it said itself counts.
func TestHeldLeaseSaysWhatTheAppAcknowledged(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 3, 9)
	told := func() uint64 {
		held := r.table.HeldLeases()
		if len(held) != 1 || held[0].LeaseEpoch != testLease || held[0].Acknowledged > 0 && held[0].LogEpoch != testEpoch {
			t.Fatalf("held leases %v", held)
		}
		return held[0].Acknowledged
	}
	r.grant(first, testLease, testEpoch, 1)
	if n := told(); n != 1 {
		t.Errorf("acknowledged %d before it is served, the app has 1", n)
	}
	r.answer(first, "9003 4", scp.ReplyOK)
	if n := told(); n != 1 { // 2 is in no log any more, but the app has not said that it knows
		t.Errorf("acknowledged %d, the app has 1", n)
	}
	r.answer(first, "9021 4 3 3", scp.ReplyOK)
	r.logs(3, 5)
	r.stored(testEpoch, 4)
	if n := told(); n != 4 {
		t.Errorf("acknowledged %d, the app has 4", n)
	}
	r.table.Spooled(r.now, []*pb.LogPosition{{Serial: serial, LogEpoch: testEpoch, Index: 5}})
	if n := told(); n != 4 {
		t.Errorf("acknowledged %d, the app has 4, and a spool 5", n)
	}
	r.say(scp.Message{Kind: scp.PanelBoot, SCP: 4, Attachment: 1, LogEpoch: testEpoch + 1, Index: 1})
	if n := told(); n != 0 {
		t.Errorf("acknowledged %d of a new log", n)
	}
}

func TestStoredIndexIsToldAtEachAttachment(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 9)
	r.grant(first, testLease, testEpoch, 2)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 3", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 3", "9020 4 3 2", "9022 4 3 18")
}

// What another session keeps of the credit may wait for this one.
func TestAWideWindowDoesNotWaitForAllTheCredit(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.rules.Window = 256
	r.credit = 0
	r.logs(1, 3)
	r.lines = nil
	r.credit = 254
	r.table.Tick(r.now)
	r.post()
	if !slices.Contains(r.lines, "9021 4 3 1") {
		t.Errorf("posted %q", r.lines)
	}
}

func TestHolesAndRepeatsWhileReporting(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 3)
	r.logs(2, 4)
	r.logs(7, 8)
	if got := r.indexes(); !slices.Equal(got, []uint64{1, 2, 3, 4, 7, 8}) {
		t.Errorf("forwarded %v", got)
	}
	if g := r.gaps(); len(g) != 1 || g[0].First != 5 || g[0].Last != 6 {
		t.Errorf("gaps %v", g)
	}
	r.say(scp.Message{Kind: scp.PanelBoot, SCP: 4, Attachment: 1, LogEpoch: testEpoch + 1, Index: 1})
	if g := r.gaps(); len(g) != 2 || g[1].First != 9 || g[1].Last != 0 || g[1].Cause != pb.GapCause_GAP_CAUSE_ERASED {
		t.Errorf("gaps after an erase %v", g)
	}
	if got := r.indexes(); got[len(got)-1] != 1 {
		t.Errorf("forwarded after an erase %v", got)
	}
}

// A controller may say anything about its log.
func TestAbsurdLogEpoch(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 3)
	r.say(scp.Message{Kind: scp.PanelBoot, SCP: 4, Attachment: 1, LogEpoch: 4_000_000_000, Index: 1})
	if g := r.gaps(); len(g) != mostErased+1 || g[0].First != 4 || g[1].First != 1 {
		t.Errorf("%d gaps: %v", len(g), g[:2])
	}
	if got := r.indexes(); !slices.Equal(got, []uint64{1, 2, 3, 1}) {
		t.Errorf("forwarded %v", got)
	}
}

func TestWindowMovesWithAcknowledgements(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 16)
	r.stored(testEpoch, 3)
	r.wantLines() // too little to tell at once
	r.stored(testEpoch, 5)
	r.wantLines("9020 4 3 5", "9022 4 3 21")
	r.answer(first, "9020 4 3 5", scp.ReplyOK)
	r.answer(first, "9022 4 3 21", scp.ReplyOK)
	r.stored(testEpoch, 4)    // never back
	r.stored(testEpoch-1, 90) // not of this log
	r.stored(testEpoch, 6)
	r.passToAck()
	r.wantLines("9020 4 3 6")
	r.stored(testEpoch, 1000) // not beyond what was forwarded
	r.wantLines("9020 4 3 16", "9022 4 3 32")
}

// Each controller is told of the little that was stored at a moment of its own, which comes again with each round.
func TestAcknowledgementsHaveTheirMoment(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.logs(1, 3)
	for index := uint64(1); index <= 3; index++ {
		r.stored(testEpoch, index)
		due := r.now.Truncate(ackWithin).Add(time.Duration(first.SCP) * acksTogether)
		if due.Before(r.now) {
			due = due.Add(ackWithin)
		}
		r.pass(due.Sub(r.now) - 1)
		r.wantLines()
		r.pass(1)
		r.answer(first, fmt.Sprint("9020 4 3 ", index), scp.ReplyOK)
		r.lines = nil
		r.pass(time.Second)
	}
}

// However many they are and whatever the clock says, no more than some dozens are due in one moment, and each within a round.
func TestAcknowledgementsAreSpread(t *testing.T) {
	for served, round := range map[int]time.Duration{1: ackWithin, 1_000: ackWithin, 9_001: 45 * time.Second, 32_767: 163_800 * time.Millisecond} {
		for _, clock := range []time.Time{time.Unix(1_800_000_000, 123), time.Unix(-1_000_000, 7), time.Unix(0, 0)} {
			due := map[time.Duration]int{}
			for number := range served {
				in := Key{SCP: int16(number)}.nextAck(clock, int64(served)).Sub(clock)
				if in < 0 || in >= round {
					t.Fatalf("%d of %d at %v: due in %v", number, served, clock, in)
				}
				due[in]++
			}
			for in, many := range due {
				if most := served*int(acksTogether)/int(round) + 1; many > most {
					t.Errorf("%d of %d are due in %v, want %d at most", many, served, in, most)
				}
			}
		}
	}
}

func TestWithoutCreditTheControllerKeepsItsTransactions(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.credit = 5
	r.logs(1, 12)
	if got := r.indexes(); !slices.Equal(got, upTo(1, 5)) {
		t.Fatalf("forwarded %v", got)
	}
	r.stored(testEpoch, 2)
	r.passToAck()
	r.wantLines("9020 4 3 2") // acknowledged, but nothing fetched without credit
	r.credit = 100
	r.table.Tick(r.now)
	r.post()
	r.wantLines("9021 4 3 6")
	r.logs(13, 14) // still on their way from before the rewind
	r.answer(first, "9021 4 3 6", scp.ReplyOK)
	r.logs(6, 16)
	if got := r.indexes(); !slices.Equal(got, upTo(1, 16)) {
		t.Errorf("forwarded %v", got)
	}
	if g := r.gaps(); len(g) != 0 {
		t.Errorf("gaps %v", g)
	}
}

// A controller's answer, and what it reports behind it, may be drained before the post has come back. What can
// be judged only then is fetched again: it is no gap.
func TestTransactionsBehindAnEarlyAnswer(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.credit = 2
	r.logs(1, 5)
	r.credit = 100
	r.table.Tick(r.now)
	s := r.ready[0]
	rewind, _ := s.Next(r.now)
	const tag = 99
	r.table.Receive(r.now, []scp.Message{
		{Kind: scp.CommandReply, SCP: first.SCP, Attachment: first.Attachment, Tag: tag, Result: scp.ReplyOK},
		{Kind: scp.Tamper, SCP: first.SCP, Attachment: first.Attachment, LogEpoch: testEpoch, Index: 3},
	})
	s.Posted(r.now, rewind, tag, nil)
	r.logs(4, 5)
	r.wantLines("9021 4 3 3")
	r.answer(first, "9021 4 3 3", scp.ReplyOK)
	r.logs(3, 6)
	if got := r.indexes(); !slices.Equal(got, upTo(1, 6)) {
		t.Errorf("forwarded %v", got)
	}
	if g := r.gaps(); len(g) != 0 {
		t.Errorf("gaps %v", g)
	}
}

func TestLibraryThatCanOnlyPause(t *testing.T) {
	r := newRig(t, careful)
	r.serve()
	r.logs(1, 8)
	r.wantLines("9023 4")
	r.logs(9, 12) // were on their way
	r.stored(0, 9)
	r.wantLines("9024 4", "9020 4 0 9")
	r.logs(13, 13)
	if got := r.indexes(); !slices.Equal(got, upTo(1, 13)) {
		t.Errorf("forwarded %v", got)
	}
}

// What a controller that was not told to pause says after a rewind would be passed over like what it said before.
func TestPauseComesBeforeARewind(t *testing.T) {
	r := newRig(t, careful)
	r.serve()
	var batch []scp.Message
	for index := uint64(1); index <= 100; index++ {
		batch = append(batch, scp.Message{Kind: scp.Tamper, SCP: first.SCP, Attachment: first.Attachment, Index: index})
	}
	r.say(batch...)
	forwarded := uint64(len(r.indexes()))
	r.table.Tick(r.now)
	r.post()
	r.wantLines("9023 4", fmt.Sprintf("9021 4 0 %d", forwarded+1))
	r.answer(first, fmt.Sprintf("9021 4 0 %d", forwarded+1), scp.ReplyOK)
	r.wantLines()
	r.stored(0, forwarded)
	r.wantLines("9024 4", fmt.Sprintf("9020 4 0 %d", forwarded))
}
