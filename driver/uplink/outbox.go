package uplink

import (
	"cmp"
	"sync"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// Outbox keeps what goes to the vendor app until the app has stored it: events in one flow a
// controller, and the results of commands. All methods may be called at the same time; none blocks
// but Flush.
type Outbox struct {
	maxDriverEvents int
	maxResults      int

	mu      sync.Mutex
	wake    bell // for the sender
	rest    rest
	bursts  int  // under way
	late    bool // the sender is to be woken at the end of the last of them
	phase   phase
	events  events
	results results
	returns []*pb.LeaseReturn // one an attachment at most, dropped with the stream

	lost      lost          // dropped and not reported yet
	lastBatch time.Time     // when the last batch of events left
	drained   chan struct{} // closed when nothing is kept; nil while nobody waits for that
	counts    Counts
}

// lost is how much had to be dropped.
type lost struct{ driverEvents, results uint64 }

// phase is how far the present stream has come.
type phase int

const (
	down    phase = iota
	opening       // Hello is being made, or was sent
	up            // welcomed
)

// rest is what the sender waits for; whatever else happens need not wake it.
type rest int

const (
	working   rest = iota // it does not wait, or not for the outbox
	lingering             // until its time is up or a batch is full
	idle                  // until there is anything
)

const (
	defaultDriverEvents = 65_536
	defaultResults      = 65_536 // one command for each of a full process's controllers, some times over
)

func newOutbox(maxDriverEvents, maxResults int) *Outbox {
	return &Outbox{
		maxDriverEvents: cmp.Or(maxDriverEvents, defaultDriverEvents),
		maxResults:      cmp.Or(maxResults, defaultResults),
		wake:            newBell(),
		events:          events{flows: make(map[uint64]*flow), numbered: make(map[uint64]place)},
		results:         results{positions: make(map[string]uint64)},
	}
}

// Offer takes one event, whose message is the outbox's from then on; the events of one serial keep their
// order. False: the total credit is used up and the transaction was not taken. An event that the
// driver made is always taken: it gets its number here, or is counted as lost when too many are kept.
func (o *Outbox) Offer(ev encoded.Event) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case ev.Index != 0:
		if !o.events.transaction(&ev) {
			o.counts.Stalls++
			return false
		}
	case len(o.events.numbered) >= o.maxDriverEvents:
		o.lost.driverEvents++
		o.counts.LostDriverEvents++
		return true
	default:
		o.events.driverEvent(&ev)
	}
	if o.rest == idle || o.rest == lingering && o.events.full() {
		o.rouseLater()
	}
	return true
}

// Burst lets what is offered from now on leave together, as soon as end is called.
func (o *Outbox) Burst() (end func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bursts++
	return o.endBurst
}

func (o *Outbox) endBurst() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bursts--; o.bursts == 0 && o.late {
		o.rouse()
	}
}

// Up reports whether the vendor app has welcomed the present stream.
func (o *Outbox) Up() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phase == up
}

// Withdraw takes back the transactions and gaps that are kept and that take reports, each controller's in their order;
// false, and none, while Up.
func (o *Outbox) Withdraw(take func(*encoded.Event) bool) (events []encoded.Event, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == up {
		return nil, false
	}
	defer o.settle()
	return o.events.withdraw(take), true
}

// Oldest is the first transaction or gap that is kept of a controller and that among reports; false when there is none.
func (o *Outbox) Oldest(serial uint64, among func(*encoded.Event) bool) (ev encoded.Event, kept bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f := o.events.flows[serial]; f != nil {
		if oldest := f.oldest(among); oldest != nil {
			return *oldest, true
		}
	}
	return ev, false
}

// Free is how many transactions Offer would take now, whatever their class.
func (o *Outbox) Free() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.events.free()
}

// Surplus is how many transactions of a spool Offer would take now: half of the usual credit is not for them.
func (o *Outbox) Surplus() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.events.surplus()
}

// Room reports whether Promise would find room now.
func (o *Outbox) Room() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.room()
}

// The last quarter is never promised, so that who is told no can be told.
func (o *Outbox) room() bool { return o.results.taken() < o.maxResults-o.maxResults/4 }

// Promise keeps room for the result of one more command; false: there is none.
func (o *Outbox) Promise() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.room() {
		return false
	}
	o.results.promised++
	return true
}

// Unpromise gives a promise back.
func (o *Outbox) Unpromise() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.results.promised--
}

// Result takes the end of a command that has a promise, which it uses up. One that is still kept is not sent twice.
func (o *Outbox) Result(r *pb.CommandResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.results.promised--
	o.keepResult(r)
}

// Answer takes the end of any other command; it is counted as lost when there is no room.
func (o *Outbox) Answer(r *pb.CommandResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.results.taken() >= o.maxResults && !o.results.keeps(r.Id) {
		o.lost.results++
		o.counts.LostResults++
		return
	}
	o.keepResult(r)
}

func (o *Outbox) keepResult(r *pb.CommandResult) {
	if !o.results.keeps(r.Id) {
		o.results.add(r)
		o.rouse()
	}
}

// Return gives a lease back. Where no stream is open it is forgotten: the next Hello lists the leases
// that are held, and this is none of them.
func (o *Outbox) Return(serial, leaseEpoch uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == down {
		return
	}
	o.returns = append(o.returns, &pb.LeaseReturn{Serial: serial, LeaseEpoch: leaseEpoch})
	o.rouse()
}

// rouseLater wakes the sender when no burst is under way any more, or a batch is full.
func (o *Outbox) rouseLater() {
	if o.bursts > 0 && !o.events.full() {
		o.late = true
		return
	}
	o.rouse()
}

// rouse wakes the sender where it waits for the outbox.
func (o *Outbox) rouse() {
	o.late = false
	if o.rest != working {
		o.rest = working
		o.wake.ring()
	}
}
