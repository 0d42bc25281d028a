package uplink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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

func (b *bench) offer(events ...*pb.Event) {
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
	for _, ev := range m.GetEvents().GetEvents() {
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
			b.Result(&pb.CommandResult{Id: "unsent"})
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

func TestCredit(t *testing.T) {
	t.Run("used up", func(t *testing.T) {
		b := newBench(t, 256)
		for i := range uint64(256) {
			b.offer(entry(7, 1, i+1))
		}
		if b.Offer(entry(8, 1, 1)) || b.Free() != 0 || b.Counts().Stalls != 1 {
			t.Fatalf("taken beyond the credit: %+v", b.Counts())
		}
		b.offer(seen(8)) // outside the credit
		b.batch()
		b.ack(b.now, upTo(7, 1, 100))
		if b.Free() != 100 || !b.Offer(entry(8, 1, 1)) {
			t.Fatalf("the acknowledged credit is not free: %+v", b.Counts())
		}
	})
	t.Run("backlog leaves room for live", func(t *testing.T) {
		b := newBench(t, 2048)
		index := uint64(1)
		for b.Offer(late(7, 1, index)) {
			index++
		}
		if index != 1537 || b.Free() != 0 {
			t.Fatalf("backlog took %d of 2048, free %d", index-1, b.Free())
		}
		b.offer(entry(8, 1, 1))
	})
	t.Run("lowered by the next stream", func(t *testing.T) {
		b := newBench(t, 300)
		for i := range uint64(300) {
			b.offer(entry(7, 1, i+1))
		}
		b.close()
		b.open()
		b.grant(256)
		b.start()
		sent := 0
		for batch := b.batch(); batch != ""; batch = b.batch() {
			sent += len(strings.Fields(batch))
		}
		if sent != 256 {
			t.Fatalf("sent %d with a credit of 256", sent)
		}
		b.woken()
		b.ack(b.now, upTo(7, 1, 20))
		if !b.woken() {
			t.Fatal("the sender was not woken by new credit")
		}
		if rest := len(strings.Fields(b.batch())); rest != 20 {
			t.Fatalf("sent %d after 20 were acknowledged", rest)
		}
	})
	t.Run("none before the first welcome", func(t *testing.T) {
		o := newOutbox(0, 0)
		if o.Offer(entry(7, 1, 1)) {
			t.Fatal("taken without any credit")
		}
	})
}

func TestLinger(t *testing.T) {
	b := newBench(t, 1024)
	if _, at := b.next(start); !at.IsZero() {
		t.Fatalf("idle sender is to wake at %v, not only when woken", at)
	}
	b.offer(entry(7, 1, 1))
	if m, _ := b.next(start); m.GetEvents() == nil {
		t.Fatal("a lone event on an idle stream did not leave at once")
	}
	b.offer(entry(7, 1, 2))
	at := start.Add(linger / 2)
	if m, ready := b.next(at); m != nil || !ready.Equal(start.Add(linger)) {
		t.Fatalf("an event right after a batch: %v, at %v", m, ready.Sub(start))
	}
	for i := range uint64(255) {
		b.offer(entry(7, 1, i+3))
	}
	if m, _ := b.next(at); len(m.GetEvents().GetEvents()) != maxBatch {
		t.Fatal("a full batch lingers")
	}
	b.offer(entry(7, 1, 300))
	if m, _ := b.next(at.Add(linger)); len(m.GetEvents().GetEvents()) != 1 {
		t.Fatal("an event waits longer than the linger")
	}
}

// woken reports whether the sender was woken since the last call.
func (b *bench) woken() bool {
	select {
	case <-b.wake:
		return true
	default:
		return false
	}
}

func TestSenderIsWokenOnlyWhenItMatters(t *testing.T) {
	b := newBench(t, 1024)
	b.next(b.now)
	b.woken()
	b.offer(entry(7, 1, 1))
	if !b.woken() {
		t.Fatal("not woken from idle")
	}
	b.offer(entry(7, 1, 2))
	if b.woken() {
		t.Fatal("woken twice")
	}
	b.next(b.now)
	b.next(b.now) // lingers now
	for i := range uint64(255) {
		b.offer(entry(7, 1, i+3))
	}
	if b.woken() {
		t.Fatal("woken for less than a batch")
	}
	b.offer(entry(7, 1, 300))
	if !b.woken() {
		t.Fatal("not woken for a full batch")
	}
	b.next(b.now)
	b.next(b.now)
	b.Result(&pb.CommandResult{Id: "a"})
	if !b.woken() {
		t.Fatal("not woken for a result")
	}
}

func TestDriverEventsAreBoundedAndTheLossIsTold(t *testing.T) {
	b := &bench{newOutbox(4, 4), t, start}
	for range 7 {
		b.offer(seen(7))
	}
	for i := range 6 {
		b.Result(&pb.CommandResult{Id: fmt.Sprint(i)})
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
	report := m.GetEvents().GetEvents()[0]
	if l := report.GetLost(); l.GetDriverEvents() != 3 || l.GetResults() != 2 || report.Number != 5 || report.Serial != 0 {
		t.Fatalf("lost event is %v", report)
	}
	if c := b.Counts(); c.LostDriverEvents != 3 || c.LostResults != 2 {
		t.Fatalf("counts %+v", c)
	}
}

func TestResults(t *testing.T) {
	b := newBench(t, 256)
	b.Result(&pb.CommandResult{Id: "a"})
	b.Result(&pb.CommandResult{Id: "b"})
	b.Result(&pb.CommandResult{Id: "a"}) // asked for again while it is kept
	read := func() (ids string) {
		for m, _ := b.next(b.now); m.GetResult() != nil; m, _ = b.next(b.now) {
			ids += m.GetResult().Id
		}
		return ids
	}
	if got := read(); got != "ab" {
		t.Fatalf("sent %q", got)
	}
	b.ack(b.now, &pb.Ack{Results: []string{"b", "b"}})
	b.reconnect()
	if got := read(); got != "a" {
		t.Fatalf("after the reconnect sent %q", got)
	}
	b.ack(b.now, &pb.Ack{Results: []string{"a"}})
	b.Result(&pb.CommandResult{Id: "a"}) // asked for again later
	if got := read(); got != "a" {
		t.Fatalf("a stored result was asked for and %q sent", got)
	}
}

func TestResultRoomKeepsAQuarterForWhatIsUnderWay(t *testing.T) {
	o := newOutbox(0, 8)
	for i := range 8 {
		if room := o.ResultRoom(); room != (i < 6) {
			t.Fatalf("with %d of 8 kept, room is %v", i, room)
		}
		o.Result(&pb.CommandResult{Id: fmt.Sprint(i)})
	}
	o.Result(&pb.CommandResult{Id: "0"})
	if o.Counts().LostResults != 0 {
		t.Fatal("lost a result within the bound")
	}
}

func TestReturn(t *testing.T) {
	b := newBench(t, 256)
	b.offer(seen(7))
	b.Return(7, 3)
	if m, _ := b.next(b.now); m.GetEvents() == nil {
		t.Fatalf("the lease is returned before what was seen under it is told: %v", m)
	}
	m, _ := b.next(b.now)
	if r := m.GetLeaseReturn(); r.GetSerial() != 7 || r.GetLeaseEpoch() != 3 {
		t.Fatalf("lease return is %v", m)
	}
	b.close()
	b.Return(8, 4)
	b.open()
	b.Return(9, 5)
	b.start()
	m, _ = b.next(b.now)
	if r := m.GetLeaseReturn(); r.GetSerial() != 9 {
		t.Fatalf("a return without a stream must be forgotten, one since Hello told; sent %v", m)
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
	if flows, spare := len(b.events.flows), len(b.events.spare); flows != 0 || spare != 1 {
		t.Fatalf("%d flows in use, %d spare", flows, spare)
	}
}
