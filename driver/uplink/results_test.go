package uplink

import (
	"fmt"
	"slices"
	"testing"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestResults(t *testing.T) {
	b := newBench(t, 256)
	b.Answer(&pb.CommandResult{Id: "a"})
	b.Answer(&pb.CommandResult{Id: "b"})
	b.Answer(&pb.CommandResult{Id: "a"}) // asked for again while it is kept
	read := func() (ids string) {
		for m, _ := b.next(b.now); m.GetResult() != nil; m, _ = b.next(b.now) {
			ids += m.GetResult().Id
		}
		return ids
	}
	if got := read(); got != "ab" {
		t.Fatalf("sent %q", got)
	}
	if got := b.ack(b.now, &pb.Ack{Results: []string{"b", "b", "c"}}); !slices.Equal(got, []string{"b"}) {
		t.Errorf("released %q", got)
	}
	b.reconnect()
	if got := read(); got != "a" {
		t.Fatalf("after the reconnect sent %q", got)
	}
	b.ack(b.now, &pb.Ack{Results: []string{"a"}})
	b.Answer(&pb.CommandResult{Id: "a"}) // asked for again later
	if got := read(); got != "a" {
		t.Fatalf("a stored result was asked for and %q sent", got)
	}
}

// Whatever else is answered meanwhile, what was promised is kept.
func TestPromisedResultsAreKept(t *testing.T) {
	o := newOutbox(0, 8)
	for i := range 8 {
		if promised := o.Promise(); promised != (i < 6) {
			t.Fatalf("with %d of 8 promised, one more is: %v", i, promised)
		}
	}
	for i := range 5 {
		o.Answer(&pb.CommandResult{Id: fmt.Sprint("no", i)})
	}
	if c := o.Counts(); c.Results != 2 || c.LostResults != 3 {
		t.Fatalf("the last quarter is for those that are told no: %+v", c)
	}
	o.Unpromise()
	o.Answer(&pb.CommandResult{Id: "no0"}) // is kept
	for i := range 5 {
		o.Result(&pb.CommandResult{Id: fmt.Sprint(i)})
	}
	if c := o.Counts(); c.Results != 7 || c.LostResults != 3 {
		t.Fatalf("a promised result was lost: %+v", c)
	}
	if o.Promise() {
		t.Fatal("promised what is taken")
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
