package controller

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// behind brings a controller that has logged up to newest as far as its first report.
func (r *rig) behind(newest uint64) *Session {
	r.t.Helper()
	r.attach(first, 1, newest)
	r.grant(first, testLease, r.epoch(), 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 1", scp.ReplyOK)
	r.answer(first, "9022 4 3 16", scp.ReplyOK)
	r.lines = nil
	return r.table.ofSerial(serial)
}

func (r *rig) wantReserved(want int64) {
	r.t.Helper()
	if got := r.table.reserved.Load(); got != want {
		r.t.Errorf("credit for %d is reserved, want %d", got, want)
	}
}

func TestReserveIsGivenBack(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(r *rig)
		left int64
	}{
		"nothing happened":            {func(*rig) {}, 16},
		"transactions came":           {func(r *rig) { r.logs(1, 5) }, 11},
		"all came":                    {func(r *rig) { r.logs(1, 16) }, 0},
		"all came and are stored":     {func(r *rig) { r.logs(1, 16); r.stored(testEpoch, 16) }, 16},
		"over a gap":                  {func(r *rig) { r.logs(10, 10) }, 15}, // it is let report up to 25
		"there was no credit for one": {func(r *rig) { r.credit = 3; r.logs(1, 4) }, 0},
		"its link broke":              {func(r *rig) { r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1}) }, 0},
		"it is to be detached":        {func(r *rig) { r.attach(Key{SCP: 5, Attachment: 1}, 1, 0) }, 0},
		"its lease was revoked": {func(r *rig) {
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
		}, 0},
		"it was admitted again, behind all": {func(r *rig) {
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			r.pass(askAgain)
			r.answer(first, "9030 4", scp.ReplyOK)
			r.grant(first, testLease+1, testEpoch, 99)
			r.answer(first, "9003 4", scp.ReplyOK)
		}, 0},
		"it was admitted again": {func(r *rig) {
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			r.pass(askAgain)
			r.answer(first, "9030 4", scp.ReplyOK)
			r.grant(first, testLease+1, testEpoch, 90)
			r.answer(first, "9003 4", scp.ReplyOK)
		}, 9},
		"it is drained": {func(r *rig) {
			r.logs(1, 2)
			r.stored(testEpoch, 2)
			r.table.Release(r.now)
			r.post()
			r.wantLines("9020 4 3 2") // until that is answered it stays
		}, 0},
		"its log was erased": {func(r *rig) {
			r.say(scp.Message{Kind: scp.PanelBoot, SCP: 4, Attachment: 1, LogEpoch: testEpoch + 1, Index: 1})
		}, 0},
		"it reports nothing":    {func(r *rig) { r.pass(reserveFor) }, 0},
		"it reports slowly":     {func(r *rig) { r.pass(reserveFor - 1); r.logs(1, 1) }, 15},
		"it reports too slowly": {func(r *rig) { r.pass(reserveFor - 1); r.logs(1, 1); r.pass(1) }, 0},
		"leases ran out": {func(r *rig) {
			r.logs(1, 16)
			r.now = leasesEnd
			r.stored(testEpoch, 16)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.behind(99)
			test.do(r)
			r.wantReserved(test.left)
		})
	}
}

func TestReserveIsWhatIsKnownToBeThere(t *testing.T) {
	r := newRig(t, able)
	r.behind(3) // it may report up to 16 all the same
	r.wantReserved(3)
	r.logs(1, 8)
	r.wantReserved(0)
	r.stored(testEpoch, 8)
	r.wantLines("9020 4 3 8", "9022 4 3 24")
}

func TestNothingIsReservedWhileNoLogMayBeMoved(t *testing.T) {
	r := newRig(t, able)
	r.behind(99)
	r.logs(1, 16)
	r.now = leasesEnd
	r.stored(testEpoch, 16)
	r.pass(time.Second)
	r.wantReserved(0)
	r.table.ports.Spool = onDisk{} // there its log is moved whoever is away
	r.table.Spooled(r.now, nil)
	r.post()
	r.wantReserved(16)
	r.wantLines("9020 4 3 16", "9022 4 3 32")
}

// Three controllers behind slow links, with credit for one: who does not use its credit soon leaves it to the next.
func TestSlowControllersDoNotKeepTheCredit(t *testing.T) {
	r := newRig(t, able)
	r.credit = 20
	for scpNumber := int16(1); scpNumber <= 3; scpNumber++ {
		key := Key{SCP: scpNumber, Attachment: 1}
		r.attachAs(serial+uint64(scpNumber), key, 1, 99)
		r.grant(key, testLease, testEpoch, 0)
		r.answer(key, fmt.Sprintf("9003 %d", scpNumber), scp.ReplyOK)
		r.answer(key, fmt.Sprintf("9021 %d 3 1", scpNumber), scp.ReplyOK)
	}
	r.wantLines("9003 1", "9021 1 3 1", "9022 1 3 16", "9003 2", "9021 2 3 1", "9003 3", "9021 3 3 1")
	for _, next := range []string{"9022 2 3 16", "9022 3 3 16"} {
		for range 2 {
			r.say(scp.Message{Kind: scp.DoorPosition, SCP: 1, Attachment: 1, LogEpoch: 3, Index: r.table.ofSerial(serial + 1).log.next})
			r.pass(reserveFor / 2)
		}
		r.wantLines(next)
	}
}

// greedy says that it has room, and takes nothing.
type greedy struct{ *rig }

func (g greedy) Offer(ev encoded.Event) bool { return ev.Index == 0 }
func (g greedy) Free() int                   { return 500 }

// A turn in vain makes the controller say a window again: it must not come at once again and again.
func TestWhoseTurnsAreInVainRests(t *testing.T) {
	r := newRig(t, able)
	r.behind(99)
	r.table.ports.Sink = greedy{r}
	rewinds := 0
	untilRest := func() {
		t.Helper()
		for r.logs(1, 1); slices.Contains(r.lines, "9021 4 3 1"); r.logs(1, 1) {
			if rewinds++; rewinds > 20 {
				t.Fatal("it is rewound again and again")
			}
			r.lines = nil
			r.answer(first, "9021 4 3 1", scp.ReplyOK)
		}
	}
	for began := r.now; r.now.Sub(began) < time.Minute; untilRest() {
		r.pass(feedWithin)
	}
	if rewinds < 15 {
		t.Errorf("rewound %d times in a minute", rewinds)
	}
	r.table.ports.Sink = r
	r.pass(mostPatience)
	r.answer(first, "9021 4 3 1", scp.ReplyOK)
	r.logs(1, 1)
	if got := r.indexes(); !slices.Equal(got, upTo(1, 1)) {
		t.Errorf("forwarded %v", got)
	}
}

// A library without "report up to" is not held back; what was left for want of credit is fetched again on credit that is
// reserved.
func TestReserveWhereTheLibraryCanOnlyPause(t *testing.T) {
	r := newRig(t, careful)
	r.serve()
	r.credit = 2
	r.logs(1, 7)
	r.wantReserved(0)
	r.credit = 100
	r.pass(100 * time.Millisecond)
	r.wantReserved(5)
	r.answer(first, "9021 4 0 3", scp.ReplyOK)
	r.logs(3, 5)
	r.wantReserved(2)
	r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
	r.wantReserved(0)
}

func TestLibraryThatSaysAllOnceHasNoReserve(t *testing.T) {
	r := newRig(t, once)
	r.table.ports.Spool = onDisk{}
	r.attach(first, 1, 99)
	r.grant(first, testLease, r.epoch(), 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantReserved(0)
	if r.table.ofSerial(serial).waits {
		t.Error("it waits for credit")
	}
}

// site is many controllers on a rig.
type site struct {
	*rig
	next, newest, acked map[int16]uint64
	turns               []int16 // who was let report, in order
}

func newSite(t *testing.T) *site {
	return &site{rig: newRig(t, able), next: map[int16]uint64{}, newest: map[int16]uint64{}, acked: map[int16]uint64{}}
}

func (s *site) join(number int16, newest uint64) {
	key := Key{SCP: number, Attachment: 1}
	s.newest[number] = newest
	s.attachAs(uint64(number), key, 1, newest)
	s.rig.grant(key, testLease, testEpoch, 0)
	s.say(s.obeyed()...)
}

// obeyed lets all controllers do what was posted to them, and tells what they report.
func (s *site) obeyed() (reported []scp.Message) {
	for len(s.lines) > 0 {
		line := s.lines[0]
		s.lines = s.lines[1:]
		c, err := scp.ParseCommand(line)
		if err != nil {
			s.t.Fatal(err)
		}
		switch a := c.Action.(type) {
		case scp.LogRewind:
			s.next[c.Target] = a.Index
		case scp.LogReport:
			s.turns = append(s.turns, c.Target)
			for ; s.next[c.Target] <= min(a.Index, s.newest[c.Target]); s.next[c.Target]++ {
				reported = append(reported, scp.Message{Kind: scp.Tamper, SCP: c.Target, Attachment: 1,
					LogEpoch: testEpoch, Index: s.next[c.Target]})
			}
		}
		s.answer(Key{SCP: c.Target, Attachment: 1}, line, scp.ReplyOK)
	}
	return reported
}

// store lets the vendor app have all that it was sent.
func (s *site) store() {
	events := s.events
	s.events = nil
	for _, ev := range events {
		if ev.Index != 0 {
			s.credit++
			s.acked[int16(ev.Serial)] = ev.Index
			s.table.Acked(s.now, []*pb.LogPosition{{Serial: ev.Serial, LogEpoch: testEpoch, Index: ev.Index}})
		}
	}
	s.post()
}

// Forty windows do not fit into the credit: nothing that is reported is left for want of it, and each has its turn before
// any has its next.
func TestCreditIsPromisedOnce(t *testing.T) {
	const controllers, backlog = 40, 96
	s := newSite(t)
	s.credit = 64
	for i := int16(1); i <= controllers; i++ {
		s.join(i, backlog)
	}
	for range 1000 {
		s.say(s.obeyed()...)
		s.store()
		s.pass(10 * time.Millisecond)
	}
	for number := range int16(controllers) {
		if got := s.acked[number+1]; got != backlog {
			t.Errorf("controller %d is stored up to %d", number+1, got)
		}
	}
	if repeats, stalls := s.table.counts.Repeats.Load(), s.table.counts.Stalls.Load(); repeats+stalls != 0 {
		t.Errorf("%d transactions were left, %d times", repeats, stalls)
	}
	turns := map[int16]int{}
	for _, number := range s.turns {
		turns[number]++
		for other := range int16(controllers) {
			if turns[number] > turns[other+1]+1 && s.acked[other+1] < backlog {
				t.Fatalf("%d had turn %d, %d had %d", number, turns[number], other+1, turns[other+1])
			}
		}
	}
	s.wantReserved(0)
}

// However many wait with a backlog.
func TestWhatIsLoggedNowDoesNotWaitForBacklogs(t *testing.T) {
	s := newSite(t)
	s.join(1, 0)
	s.credit = 0
	for i := int16(2); i <= 50; i++ {
		s.join(i, 96)
	}
	s.lines, s.turns = nil, nil
	live := func(index uint64) {
		s.say(scp.Message{Kind: scp.Tamper, SCP: 1, Attachment: 1, LogEpoch: testEpoch, Index: index})
	}
	s.credit = 1
	live(1)
	if got := s.indexes(); !slices.Equal(got, []uint64{1}) {
		t.Errorf("forwarded %v", got)
	}
	live(2) // there is none for it, but it is the next to get some
	s.credit = 32
	s.pass(100 * time.Millisecond)
	if live := s.table.ofSerial(1); live.reserved != 1 {
		t.Errorf("credit for %d is reserved for it", live.reserved)
	}
	s.wantReserved(1 + 16)
}

func TestRowsTakeTurns(t *testing.T) {
	var sessions [6]Session
	var row turns
	names := map[*Session]int{nil: -1}
	for i := range sessions {
		names[&sessions[i]] = i
		row.add(&sessions[i], i < 4)
	}
	row.remove(&sessions[1])
	row.remove(&sessions[1])
	var order []int
	for range 6 {
		order = append(order, names[row.take()])
	}
	if want := []int{0, 4, 2, 5, 3, -1}; !slices.Equal(order, want) {
		t.Errorf("turns %v, want %v", order, want)
	}
}

// A controller that dials again and again while there is no credit leaves nothing behind.
func TestWhoIsGoneDoesNotWait(t *testing.T) {
	r := newRig(t, able)
	r.credit = 0
	for attachment := uint32(1); attachment <= 5; attachment++ {
		key := Key{SCP: 4, Attachment: attachment}
		r.attach(key, 1, 99)
		r.grant(key, uint64(attachment), testEpoch, 0)
		r.answer(key, "9003 4", scp.ReplyOK)
		if n := r.table.turns.backlog.Len(); n != 1 {
			t.Fatalf("%d wait at attachment %d", n, attachment)
		}
		r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: attachment})
	}
	if n := r.table.turns.backlog.Len(); n != 0 {
		t.Errorf("%d wait", n)
	}
}
