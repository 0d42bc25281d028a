package uplink

import (
	"testing"

	pb "mercury-driver/proto/mercury/driver/v1"
)

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
	if m, _ := b.next(at); len(written(m).GetEvents().GetEvents()) != maxBatch {
		t.Fatal("a full batch lingers")
	}
	b.offer(entry(7, 1, 300))
	if m, _ := b.next(at.Add(linger)); len(written(m).GetEvents().GetEvents()) != 1 {
		t.Fatal("an event waits longer than the linger")
	}
}

// Without credit nothing more comes until the app acknowledges. It does so whatever is sent now, when it has much in hand.
func TestLingerWithoutCredit(t *testing.T) {
	for _, c := range []struct {
		inHand  int
		lingers bool
	}{{30, false}, {60, true}} {
		b := newBench(t, 100)
		for i := range 100 {
			if i == c.inHand {
				b.next(start)
			}
			b.offer(entry(7, 1, uint64(i+1)))
		}
		if m, _ := b.next(start.Add(linger - 1)); (m == nil) != c.lingers {
			t.Errorf("%d of 100 in the app's hand, the rest before the linger is over: %v", c.inHand, m)
		}
	}
}

func TestBurstLeavesTogether(t *testing.T) {
	b := newBench(t, 1024)
	b.next(b.now)
	b.woken()
	end := b.Burst()
	b.offer(entry(7, 1, 1))
	b.offer(entry(8, 1, 1))
	if b.woken() {
		t.Fatal("woken within a burst")
	}
	if end(); !b.woken() {
		t.Fatal("not woken at its end")
	}
	if m, _ := b.next(b.now); len(written(m).GetEvents().GetEvents()) != 2 {
		t.Fatalf("left with %v", m)
	}
	b.Burst()()
	if b.woken() {
		t.Fatal("woken for nothing")
	}
	b.now = b.now.Add(linger)
	b.next(b.now)
	defer b.Burst()()
	for i := range uint64(maxBatch) {
		b.offer(entry(7, 1, i+2))
	}
	if !b.woken() {
		t.Fatal("a full batch waits for the end of a burst")
	}
}

// woken reports whether the sender was woken since the last call.
func (b *bench) woken() bool {
	select {
	case <-b.wake.rung:
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
	if _, at := b.next(b.now); !at.IsZero() {
		t.Fatalf("lingers over nothing, until %v", at)
	}
	b.offer(entry(7, 1, 3))
	if !b.woken() {
		t.Fatal("not woken to linger")
	}
	b.next(b.now) // lingers now
	for i := range uint64(254) {
		b.offer(entry(7, 1, i+4))
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
	b.Answer(&pb.CommandResult{Id: "a"})
	if !b.woken() {
		t.Fatal("not woken for a result")
	}
}
