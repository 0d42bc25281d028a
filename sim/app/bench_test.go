package app_test

import (
	"testing"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app"
)

// BenchmarkEvents: batches of 256 from 10,000 controllers, stored and acknowledged, with as many under way
// as the credit allows. An operation is one event.
func BenchmarkEvents(b *testing.B) {
	const controllers, run, batch = 10_000, 16, 256
	r := newRig(b)
	d := r.connect("a")
	credit := make(chan struct{}, app.Credit/batch)
	go func() {
		for sent := uint64(0); ; sent += batch {
			select {
			case credit <- struct{}{}:
			case <-d.stream.Context().Done():
				return
			}
			events := make([]*pb.Event, batch)
			for i := range events {
				n := sent + uint64(i)
				events[i] = &pb.Event{Serial: 1 + n/run%controllers, LogEpoch: 1, Index: 1 + n/run/controllers*run + n%run,
					PanelTimeNs: 1_800_000_000_000_000_000, ReceivedNs: 1_800_000_000_000_000_000, LeaseEpoch: 1,
					Body: &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{Reader: 1, Door: 1, Card: n}}}
			}
			if d.stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: &pb.EventBatch{Events: events}}}) != nil {
				return
			}
		}
	}()
	last := make(map[uint64]uint64)
	acked, released, needed := 0, 0, 0
	for b.Loop() {
		for needed++; acked < needed; {
			for _, p := range d.next().GetAck().GetTransactions() {
				acked += int(p.Index - last[p.Serial])
				last[p.Serial] = p.Index
			}
			for ; released+batch <= acked; released += batch {
				<-credit
			}
		}
	}
	b.ReportMetric(float64(acked)/b.Elapsed().Seconds(), "events/s")
}
