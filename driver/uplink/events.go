package uplink

import (
	"cmp"
	"maps"
	"slices"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// events is what is kept for the vendor app in the flows of all controllers.
type events struct {
	flows   map[uint64]*flow // by serial; none is empty
	spare   spare            // empty ones, to be used again
	live    rota             // flows whose next event is live: they go first
	backlog rota             // flows whose next event is backlog

	pending int // events that the present stream has not carried
	credit  int // transactions that may be kept
	usual   int // the part of it that is not lent for what can't be acknowledged
	used    int // transactions that are kept
	spooled int // those of them that a spool handed on
	carried int // those of them that the present stream has carried

	numbered map[uint64]place // where each driver event is
	number   uint64           // the last one given out

	batch   encoded.Batch // the last one, its memory used again
	batches uint64
}

// place is where an event stands.
type place struct {
	flow     *flow
	position uint64
}

// backlogCredit is the part of the credit that backlog may use: a quarter of the usual one is left to live events, so
// that a thousand controllers with a full log each do not keep the others silent. A small credit is
// not divided, for a controller's window must fit into it.
func (e *events) backlogCredit() int {
	if e.usual < 1024 {
		return e.credit
	}
	return e.credit - e.usual/4
}

// free is how many transactions of any class would be taken.
func (e *events) free() int { return max(0, e.backlogCredit()-e.used) }

// surplus is how many would be taken of a spool: half of the usual credit is left to the sessions.
func (e *events) surplus() int { return max(0, min(e.free(), e.credit-e.usual/2-e.spooled)) }

// transaction takes a transaction; false when there is no credit for it. One that is still here under
// the same name is not taken twice: its controller was rewound.
func (e *events) transaction(ev *encoded.Event) bool {
	f := e.flows[ev.Serial]
	if f != nil && f.repeats(ev) {
		return true
	}
	limit := e.credit
	if ev.Backlog {
		limit = e.backlogCredit()
	}
	if e.used >= limit {
		return false
	}
	e.keep(ev)
	return true
}

func (e *events) keep(ev *encoded.Event) {
	e.used++
	if ev.Spooled {
		e.spooled++
	}
	f, _ := e.push(ev)
	f.learn(ev)
}

// driverEvent takes an event that the driver made, and names it.
func (e *events) driverEvent(ev *encoded.Event) {
	e.number++
	ev.Message.Number = e.number
	f, position := e.push(ev)
	e.numbered[e.number] = place{f, position}
}

// push copies an event into the flow of its controller.
func (e *events) push(ev *encoded.Event) (*flow, uint64) {
	f := e.flows[ev.Serial]
	if f == nil {
		f = e.newFlow(ev.Serial)
	}
	position := f.push(ev)
	e.pending++
	if !f.waiting {
		e.enqueue(f)
	}
	return f, position
}

// enqueue gives a flow that has something to send its turn.
func (e *events) enqueue(f *flow) {
	if f.head().Backlog {
		e.backlog.push(f)
	} else {
		e.live.push(f)
	}
}

func (e *events) newFlow(serial uint64) *flow {
	f := e.spare.take()
	f.serial = serial
	e.flows[serial] = f
	return f
}

// settle puts a flow aside when nothing of it is kept any more.
func (e *events) settle(f *flow) {
	if f.kept > 0 {
		return
	}
	delete(e.flows, f.serial)
	e.spare.put(f)
}

// stored releases the transactions up to a position.
func (e *events) stored(p *pb.LogPosition) int {
	f := e.flows[p.Serial]
	if f == nil {
		return 0
	}
	released, spooled := f.stored(p.LogEpoch, p.Index)
	e.used -= released
	e.spooled -= spooled
	e.carried -= released
	e.settle(f)
	return released
}

// storedNumber releases a driver event.
func (e *events) storedNumber(number uint64) bool {
	at, ok := e.numbered[number]
	if !ok || !at.flow.release(at.position) {
		return false
	}
	delete(e.numbered, number)
	e.settle(at.flow)
	return true
}

// withdraw takes out the transactions and gaps that take reports, of which the present stream has carried none, and leaves
// the rest.
func (e *events) withdraw(take func(*encoded.Event) bool) (taken []encoded.Event) {
	flows := e.flows
	e.flows = make(map[uint64]*flow)
	e.live, e.backlog = rota{}, rota{}
	e.pending, e.used, e.spooled, e.carried = 0, 0, 0, 0
	for _, serial := range slices.SortedFunc(maps.Keys(flows), cmp.Compare) {
		for ev := range flows[serial].all() {
			switch {
			case ofLog(ev) && take(ev):
				delete(e.numbered, ev.Message.GetNumber())
				taken = append(taken, *ev)
			case ev.Index != 0:
				e.keep(ev)
			default:
				at, position := e.push(ev)
				e.numbered[ev.Message.Number] = place{at, position}
			}
		}
	}
	return taken
}

// rewind makes everything that is kept be sent again, controllers in the order of their serials so
// that the same history gives the same bytes.
func (e *events) rewind() {
	e.live, e.backlog = rota{}, rota{}
	e.pending, e.carried = e.used+len(e.numbered), 0
	for _, serial := range slices.SortedFunc(maps.Keys(e.flows), cmp.Compare) {
		f := e.flows[serial]
		f.queue.rewind()
		e.enqueue(f)
	}
}
