package main

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// The load of the row beside: its controllers, their events in batches as the driver's sender makes them, a run of one
// controller's after that of another.
const (
	inARow      = 32
	perBatch    = 256
	firstSerial = 500_001
)

// load is events of controllers that log without end. They are made once, and named anew each time.
type load struct {
	events []*pb.Event
	next   int // where the next batch begins
}

func newLoad(controllers int) *load {
	l := new(load)
	for c := range uint64(controllers) {
		for i := range uint64(inARow) {
			l.events = append(l.events, &pb.Event{
				Serial: firstSerial + c, LogEpoch: 1, Index: i + 1, LeaseEpoch: uint64(time.Now().UnixMilli()),
				Body: &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{Reader: 1, Door: 1, Card: 10_000_000}},
			})
		}
	}
	return l
}

// batch is the next events, which happen now. They are valid until it is called for the same ones again.
func (l *load) batch() []*pb.Event {
	now := time.Now().UnixNano()
	events := l.events[l.next : l.next+perBatch]
	for _, ev := range events {
		if ev.PanelTimeNs != 0 {
			ev.Index += inARow
		}
		ev.PanelTimeNs, ev.ReceivedNs = now, now
	}
	l.next = (l.next + perBatch) % len(l.events)
	return events
}
