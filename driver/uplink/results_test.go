package uplink

import (
	"fmt"
	"testing"

	pb "mercury-driver/proto/mercury/driver/v1"
)

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
