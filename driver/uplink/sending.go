package uplink

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// linger is how long events wait for company, counted from the last batch: an event on an idle stream
// leaves at once, and batches form under load. At the paces of every day it is less than what a library's messages are let
// come together for, so that what has waited there does not wait again.
const linger = 4 * time.Millisecond

// open says that a stream is being opened: from here on Hello may list a lease, so a returned one must
// be told.
func (o *Outbox) open() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.phase = opening
}

// start lets the sender go, with everything that is kept.
func (o *Outbox) start() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.phase = up
	o.counts.Streams++
	o.wake.ring()
}

// close says that the stream ended: what it carried and the app did not acknowledge is sent again.
func (o *Outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.phase, o.rest = down, working
	o.returns = nil
	o.results.rewind()
	o.events.rewind()
	o.settle()
}

// maxCredit bounds the memory of what is not acknowledged: some 40 MB, as much again for room in the rings, and 15 where all
// flows had to learn their names.
const maxCredit = 262_144

// grant sets the total credit. The usual one is that of the Welcome, or a lower one since: what is above it is lent. Of a
// larger one than we can use the rest is left.
func (o *Outbox) grant(transactions uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events.credit = int(min(transactions, maxCredit))
	if o.phase == opening || o.events.credit < o.events.usual {
		o.events.usual = o.events.credit
	}
	o.rouse()
}

// next is the next message for the stream, or nil and when to ask again (zero: when woken). It is
// valid until the next call.
func (o *Outbox) next(now time.Time) (*pb.ConnectRequest, time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = working
	if r := o.results.head(); r != nil {
		o.results.carried()
		return &pb.ConnectRequest{Message: &pb.ConnectRequest_Result{Result: *r}}, time.Time{}
	}
	if r := o.nextReturn(); r != nil {
		o.settle()
		return &pb.ConnectRequest{Message: &pb.ConnectRequest_LeaseReturn{LeaseReturn: r}}, time.Time{}
	}
	return o.nextBatch(now)
}

// nextReturn is the next lease to give back. It follows what its controller reported under it.
func (o *Outbox) nextReturn() *pb.LeaseReturn {
	if len(o.returns) == 0 {
		return nil
	}
	r := o.returns[0]
	if f := o.events.flows[r.Serial]; f != nil && f.head() != nil {
		return nil
	}
	o.returns = o.returns[1:]
	return r
}

// nextBatch lingers only over something: what a drain of the library brings comes later than a linger anyway, and the sender
// would be woken once more for nothing.
func (o *Outbox) nextBatch(now time.Time) (*pb.ConnectRequest, time.Time) {
	if o.events.pending == 0 {
		o.rest = idle
		return nil, time.Time{}
	}
	if ready := o.lastBatch.Add(linger); now.Before(ready) && !o.events.full() {
		o.rest = lingering
		return nil, ready
	}
	batch := o.events.fill()
	if batch.Len() == 0 {
		o.rest = idle
		return nil, time.Time{}
	}
	o.lastBatch = now
	o.counts.Sent += uint64(batch.Len())
	return &pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: batch.Message()}}, time.Time{}
}
