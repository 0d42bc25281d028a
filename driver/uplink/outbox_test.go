package uplink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// bench is an Outbox on a welcomed stream, with a clock that moves only by hand.
type bench struct {
	*Outbox
	t   *testing.T
	now time.Time
}

func newBench(t *testing.T, credit uint32) *bench {
	b := &bench{newOutbox(0, 0), t, start}
	b.open()
	b.grant(credit)
	b.start()
	return b
}

func (b *bench) offer(events ...encoded.Event) {
	b.t.Helper()
	for _, ev := range events {
		if !b.Offer(ev) {
			b.t.Fatalf("transaction %d/%d not taken", ev.Serial, ev.Index)
		}
	}
}

// batch lets the linger pass and returns the names of the next batch: serial.epoch.index or serial#number.
func (b *bench) batch() string {
	b.now = b.now.Add(linger)
	m, _ := b.next(b.now)
	var names []string
	for _, ev := range written(m).GetEvents().GetEvents() {
		if ev.Index == 0 {
			names = append(names, fmt.Sprintf("%d#%d", ev.Serial, ev.Number))
		} else {
			names = append(names, fmt.Sprintf("%d.%d.%d", ev.Serial, ev.LogEpoch, ev.Index))
		}
	}
	return strings.Join(names, " ")
}

func (b *bench) expect(want string) {
	b.t.Helper()
	if got := b.batch(); got != want {
		b.t.Fatalf("batch is %q, want %q", got, want)
	}
}

func (b *bench) reconnect() {
	b.close()
	b.open()
	b.start()
}

func TestSentAgainUntilAcknowledged(t *testing.T) {
	b := newBench(t, 256)
	b.offer(seen(7), entry(7, 1, 1), entry(7, 1, 2), entry(7, 1, 3))
	b.expect("7#1 7.1.1 7.1.2 7.1.3")
	b.expect("")
	b.ack(b.now, upTo(7, 1, 2))
	b.reconnect()
	b.expect("7#1 7.1.3")
	b.ack(b.now, upTo(7, 1, 3))
	b.offer(entry(7, 1, 4))
	b.reconnect()
	b.expect("7#1 7.1.4")
	b.ack(b.now, &pb.Ack{DriverEvents: []uint64{1}})
	b.ack(b.now, upTo(7, 1, 4))
	b.reconnect()
	b.expect("")
}

func anything(*encoded.Event) bool { return true }

// What a stream could not get rid of is taken back for the disk, the gaps before it too; what else the driver saw stays.
func TestWithdraw(t *testing.T) {
	b := newBench(t, 256)
	b.offer(entry(7, 1, 1), entry(6, 1, 1), seen(7), hole(7), entry(7, 2, 1))
	b.expect("7.1.1 7#1 7#2")
	if got, ok := b.Withdraw(anything); got != nil || ok {
		t.Fatalf("took back %v from a stream that is up", got)
	}
	b.close()
	taken, ok := b.Withdraw(anything)
	if !ok || len(taken) != 4 || taken[0].Serial != 6 || taken[1].Index != 1 || taken[2].Gap() == nil || taken[3].LogEpoch != 2 {
		t.Errorf("took back %v", taken)
	}
	b.open()
	b.start()
	b.offer(taken[2], entry(7, 2, 1))
	b.expect("7#1 7#3 7.2.1")
	b.ack(b.now, &pb.Ack{DriverEvents: []uint64{1, 3}})
	b.ack(b.now, upTo(7, 2, 1))
	if c := b.Counts(); c.Unacked != 0 || c.Free != 256 {
		t.Errorf("%+v", c)
	}
}

// What is left where it is can be sent again, and is known when it comes again.
func TestWithdrawSome(t *testing.T) {
	b := newBench(t, 256)
	b.offer(entry(7, 1, 1), entry(7, 1, 2), hole(7), hole(7), entry(8, 1, 1))
	b.expect("7.1.1 7.1.2 7#1 7#2 8.1.1")
	b.close()
	taken, ok := b.Withdraw(func(ev *encoded.Event) bool {
		return ev.Serial == 8 || ev.Index == 1 || ev.Message.GetNumber() == 1
	})
	if !ok || len(taken) != 3 {
		t.Errorf("took back %v", taken)
	}
	b.open()
	b.start()
	b.offer(entry(7, 1, 2))
	b.expect("7.1.2 7#2")
	b.ack(b.now, &pb.Ack{DriverEvents: []uint64{2}})
	b.ack(b.now, upTo(7, 1, 2))
	if c := b.Counts(); c.Unacked != 0 || c.Free != 256 {
		t.Errorf("%+v", c)
	}
}

// Half of the usual credit is the sessions', and the rest a spool's, however much of theirs the others use.
func TestASpoolHasHalfOfTheCredit(t *testing.T) {
	b := newBench(t, 256)
	want := func(surplus int) {
		t.Helper()
		if got := b.Surplus(); got != surplus {
			t.Fatalf("the surplus is %d, want %d", got, surplus)
		}
	}
	want(128)
	for index := range uint64(100) {
		spooled := entry(7, 1, index+1)
		spooled.Spooled = true
		b.offer(spooled)
		want(128 - int(index) - 1)
	}
	for index := range uint64(140) {
		b.offer(entry(8, 1, index+1))
	}
	want(16) // as much as there is
	for b.batch() != "" {
	}
	b.ack(b.now, upTo(8, 1, 140))
	want(28)
	b.ack(b.now, upTo(7, 1, 60))
	want(88)
	b.grant(256 + 40) // what is left of them lies behind a hole, and the vendor app lends as much
	want(128)
	b.close()
	b.Withdraw(anything)
	b.open()
	b.grant(256)
	b.start()
	want(128)
}

// What is on disk is dropped by this: an acknowledgement lets go only of what the present stream has carried.
func TestOldest(t *testing.T) {
	b := newBench(t, 256)
	want := func(index uint64) {
		t.Helper()
		if got, kept := b.Oldest(7, anything); got.Index != index || kept != (index > 0) {
			t.Fatalf("the oldest is %d, want %d", got.Index, index)
		}
	}
	want(0)
	b.offer(seen(7), entry(7, 1, 1), entry(7, 1, 2), entry(7, 1, 3), entry(8, 1, 9))
	want(1)
	b.expect("7#1 7.1.1 7.1.2 7.1.3 8.1.9")
	b.offer(entry(7, 1, 4))
	b.ack(b.now, upTo(7, 1, 2))
	want(3)
	if got, _ := b.Oldest(7, func(ev *encoded.Event) bool { return ev.Index > 3 }); got.Index != 4 {
		t.Errorf("the oldest behind 3 is %d", got.Index)
	}
	b.ack(b.now, upTo(7, 1, 9)) // the app holds a gap up to 9
	want(4)
	b.expect("7.1.4")
	b.ack(b.now, upTo(7, 1, 9))
	want(0)
	b.offer(hole(7), entry(7, 2, 1))
	b.expect("7#2 7.2.1")
	b.ack(b.now, upTo(7, 2, 1))
	if got, _ := b.Oldest(7, anything); got.Gap() == nil {
		t.Fatalf("the oldest is %v, want the gap", got)
	}
	b.ack(b.now, &pb.Ack{DriverEvents: []uint64{2}})
	want(0)
}

// An app that lost what it had wants it again, while what came behind it is still here: that must not hold the credit
// of the rest.
func TestPositionBehindALaterOne(t *testing.T) {
	b := newBench(t, 256)
	b.offer(entry(7, 1, 5), entry(7, 1, 1), entry(7, 1, 2))
	b.expect("7.1.5 7.1.1 7.1.2")
	b.ack(b.now, upTo(7, 1, 2))
	if c := b.Counts(); c.Unacked != 1 || c.Free != 255 {
		t.Errorf("%+v", c)
	}
	b.ack(b.now, upTo(7, 1, 5))
	if c := b.Counts(); c.Unacked != 0 {
		t.Errorf("%+v", c)
	}
}

func TestAcksThatReleaseNothing(t *testing.T) {
	for name, ack := range map[string]*pb.Ack{
		"unknown serial":      upTo(8, 1, 9),
		"other log epoch":     upTo(7, 2, 9),
		"older position":      upTo(7, 1, 0),
		"unknown number":      {DriverEvents: []uint64{0, 99}},
		"unknown result":      {Results: []string{"", "other"}},
		"what was not sent":   {DriverEvents: []uint64{2}, Results: []string{"unsent"}},
		"nothing":             {},
		"position of nothing": {Transactions: []*pb.LogPosition{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 256)
			b.offer(entry(7, 1, 1), seen(7))
			b.expect("7.1.1 7#1")
			b.offer(seen(9))
			b.Answer(&pb.CommandResult{Id: "unsent"})
			b.ack(b.now, ack)
			if c := b.Counts(); c.Unacked != 3 || c.Results != 1 || c.Acked != 0 {
				t.Fatalf("released: %+v", c)
			}
		})
	}
}

// A position says nothing of transactions that the app can't have got on this stream.
func TestPositionAheadOfTheStream(t *testing.T) {
	b := newBench(t, 256)
	b.offer(entry(7, 1, 1), entry(7, 1, 2))
	b.expect("7.1.1 7.1.2")
	b.reconnect()
	b.ack(b.now, upTo(7, 1, 2))
	b.expect("7.1.1 7.1.2")
	b.ack(b.now, upTo(7, 1, 2))
	if c := b.Counts(); c.Unacked != 0 {
		t.Fatalf("kept: %+v", c)
	}
}

func TestOlderLogEpochNeedsItsOwnAck(t *testing.T) {
	b := newBench(t, 256)
	b.offer(entry(7, 1, 8), entry(7, 1, 9), entry(7, 2, 1), entry(7, 2, 2))
	b.expect("7.1.8 7.1.9") // one log epoch of a controller in a batch
	b.expect("7.2.1 7.2.2")
	b.ack(b.now, upTo(7, 2, 2))
	if c := b.Counts(); c.Unacked != 2 {
		t.Fatalf("acknowledging epoch 2 left %d events of epoch 1, want 2", c.Unacked)
	}
	b.reconnect()
	b.expect("7.1.8 7.1.9")
	b.ack(b.now, upTo(7, 1, 9))
	if c := b.Counts(); c.Unacked != 0 || c.Free != 256 {
		t.Fatalf("kept: %+v", c)
	}
}

func TestRepeatOfWhatIsKeptIsNotSentTwice(t *testing.T) {
	b := newBench(t, 256)
	b.offer(entry(7, 1, 1), entry(7, 1, 2), entry(7, 1, 3))
	b.expect("7.1.1 7.1.2 7.1.3")
	b.ack(b.now, upTo(7, 1, 1))
	b.offer(entry(7, 1, 2), entry(7, 1, 3), entry(7, 1, 4), entry(7, 1, 4))
	b.expect("7.1.4")
	b.offer(entry(7, 1, 1)) // not kept: whoever offers it has a reason
	b.expect("7.1.1")
}

func TestLiveOvertakesBacklogOfOthers(t *testing.T) {
	b := newBench(t, 1024)
	for i := range uint64(40) {
		b.offer(late(7, 1, i+1))
	}
	b.offer(entry(7, 1, 41), late(8, 1, 1), entry(9, 1, 1), seen(9))
	want := []string{"9.1.1 9#1"}
	for i := range 32 {
		want = append(want, fmt.Sprintf("7.1.%d", i+1))
	}
	want = append(want, "8.1.1")
	for i := range 9 {
		want = append(want, fmt.Sprintf("7.1.%d", i+33))
	}
	b.expect(strings.Join(want, " "))
}

func TestControllersTakeTurns(t *testing.T) {
	b := newBench(t, 1024)
	for i := range uint64(300) {
		b.offer(entry(7, 1, i+1))
	}
	b.offer(entry(8, 1, 1))
	if got := b.batch(); !strings.Contains(got, "8.1.1") {
		t.Fatalf("controller 8 had no turn in %q", got)
	}
}

func TestDriverEventsAreBoundedAndTheLossIsTold(t *testing.T) {
	b := &bench{newOutbox(4, 4), t, start}
	for range 7 {
		b.offer(seen(7))
	}
	for i := range 6 {
		b.Answer(&pb.CommandResult{Id: fmt.Sprint(i)})
	}
	b.open()
	b.grant(256)
	b.start()
	var ids []string
	for range 4 {
		m, _ := b.next(b.now)
		ids = append(ids, m.GetResult().GetId())
	}
	b.expect("7#1 7#2 7#3 7#4")
	b.ack(b.now, &pb.Ack{DriverEvents: []uint64{1, 2, 3}})
	b.expect("") // results are still many
	b.ack(b.now, &pb.Ack{Results: ids})
	b.now = b.now.Add(linger)
	m, _ := b.next(b.now)
	report := written(m).GetEvents().GetEvents()[0]
	if l := report.GetLost(); l.GetDriverEvents() != 3 || l.GetResults() != 2 || report.Number != 5 || report.Serial != 0 {
		t.Fatalf("lost event is %v", report)
	}
	if c := b.Counts(); c.LostDriverEvents != 3 || c.LostResults != 2 {
		t.Fatalf("counts %+v", c)
	}
}

func TestFlush(t *testing.T) {
	b := newBench(t, 256)
	if err := b.Flush(t.Context()); err != nil {
		t.Fatalf("nothing to flush: %v", err)
	}
	b.offer(entry(7, 1, 1))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Flush(ended); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "1 events") {
		t.Fatalf("flush gave up with %v", err)
	}
	flushed := make(chan error)
	go func() { flushed <- b.Flush(t.Context()) }()
	b.expect("7.1.1")
	b.ack(b.now, upTo(7, 1, 1))
	if err := <-flushed; err != nil {
		t.Fatal(err)
	}
}

func TestFlowsAreUsedAgain(t *testing.T) {
	b := newBench(t, 256)
	for i := range uint64(3) {
		b.offer(entry(7+i, 1, 1))
		b.expect(fmt.Sprintf("%d.1.1", 7+i))
		b.ack(b.now, upTo(7+i, 1, 1))
	}
	if flows, spare := len(b.events.flows), len(b.events.spare.flows); flows != 0 || spare != 1 {
		t.Fatalf("%d flows in use, %d spare", flows, spare)
	}
}
