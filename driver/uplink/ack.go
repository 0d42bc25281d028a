package uplink

import (
	"context"
	"fmt"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// ack releases what the vendor app has stored. A name that is not kept, or that the present stream has
// not carried, releases nothing. It returns the ids of the results that were released.
func (o *Outbox) ack(now time.Time, a *pb.Ack) (results []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range a.Transactions {
		o.counts.Acked += uint64(o.events.stored(p))
	}
	for _, number := range a.DriverEvents {
		if o.events.storedNumber(number) {
			o.counts.Acked++
		}
	}
	for _, id := range a.Results {
		if o.results.stored(id) {
			results = append(results, id)
		}
	}
	o.reportLost(now)
	if o.events.pending > 0 && o.rest == idle { // a batch waited for credit
		o.rouse()
	}
	o.settle()
	return results
}

// reportLost makes one event of all that was dropped, as soon as there is room again: not at the first
// free place, or a long outage would end in as many reports as losses.
func (o *Outbox) reportLost(now time.Time) {
	if o.lost == (lost{}) ||
		len(o.events.numbered) > o.maxDriverEvents/2 || o.results.kept > o.maxResults/2 {
		return
	}
	report := encoded.Of(&pb.Event{ReceivedNs: now.UnixNano(), Body: &pb.Event_Lost{Lost: &pb.Lost{
		DriverEvents: o.lost.driverEvents, Results: o.lost.results}}})
	o.events.driverEvent(&report)
	o.lost = lost{}
}

// Flush waits until the vendor app has acknowledged everything, or ctx ends. It brings nothing about:
// Run must be carrying, and what is offered meanwhile is waited for too.
func (o *Outbox) Flush(ctx context.Context) error {
	o.mu.Lock()
	if o.drained == nil {
		o.drained = make(chan struct{})
	}
	drained := o.drained
	o.settle()
	o.mu.Unlock()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		s := o.Counts()
		return fmt.Errorf("uplink: flush: %d events and %d results are not acknowledged by the vendor app: %w",
			s.Unacked, s.Results, context.Cause(ctx))
	}
}

// settle lets Flush go when nothing is kept.
func (o *Outbox) settle() {
	kept := o.events.used + len(o.events.numbered) + o.results.kept + len(o.returns)
	if kept == 0 && o.drained != nil {
		close(o.drained)
		o.drained = nil
	}
}
