package uplink

import "mercury-driver/driver/encoded"

// flow is the events of one controller that are not acknowledged, in their order.
type flow struct {
	queue[encoded.Event]
	serial uint64

	// The newest transaction that was taken.
	epoch uint32
	index uint64

	// The last batch that carried transactions of it, and of which log epoch they were.
	batch      uint64
	batchEpoch uint32

	waiting bool  // it stands in a rota
	behind  *flow // the next one there
}

// repeats reports whether the flow still holds a transaction of this name. The controller logs in
// order, so only an index that is not new costs a search.
func (f *flow) repeats(ev *encoded.Event) bool {
	if ev.LogEpoch != f.epoch || ev.Index > f.index {
		return false
	}
	for kept := range f.all() {
		if kept.Index == ev.Index && kept.LogEpoch == ev.LogEpoch {
			return true
		}
	}
	return false
}

// stored releases the transactions of a log epoch up to index that the present stream has carried,
// and returns how many they were, and how many of them a spool handed on. Those of another epoch stay: the position says
// nothing of them. A greater index may stand before a smaller one, when the app has lost what it had and the controller was
// rewound. An index beyond all that was carried, which the contract forbids, would release what the app may not have read.
func (f *flow) stored(epoch uint32, index uint64) (released, spooled int) {
	for i, end := f.first, f.unsent; i < end; i++ {
		ev := f.at(i)
		if ev != nil && ev.Index != 0 && ev.LogEpoch == epoch && ev.Index <= index {
			released++
			if ev.Spooled {
				spooled++
			}
			f.empty(i)
		}
	}
	return released, spooled
}

// oldest is the first transaction or gap that among reports, nil when there is none.
func (f *flow) oldest(among func(*encoded.Event) bool) *encoded.Event {
	for ev := range f.all() {
		if ofLog(ev) && among(ev) {
			return ev
		}
	}
	return nil
}

// ofLog reports whether an event has a place among the transactions of a log.
func ofLog(ev *encoded.Event) bool { return ev.Index != 0 || ev.Gap() != nil }

// rota is the flows that have something to send, in the order of their turns.
type rota struct{ front, back *flow }

func (r *rota) push(f *flow) {
	f.waiting, f.behind = true, nil
	if r.front == nil {
		r.front = f
	} else {
		r.back.behind = f
	}
	r.back = f
}

func (r *rota) pop() *flow {
	f := r.front
	if f != nil {
		r.front = f.behind
		f.waiting, f.behind = false, nil
	}
	return f
}
