package uplink

import "mercury-driver/driver/encoded"

// flow is the events of one controller that are not acknowledged, in their order.
type flow struct {
	queue[encoded.Event]
	serial uint64

	newest name          // of the transactions that were taken
	names  map[name]bool // of those that are kept; nil as long as nobody had to ask

	// The last batch that carried transactions of it, and of which log epoch they were.
	batch      uint64
	batchEpoch uint32

	waiting bool  // it stands in a rota
	behind  *flow // the next one there
}

// name is what a transaction of one controller is known by.
type name struct {
	epoch uint32
	index uint64
}

func nameOf(ev *encoded.Event) name { return name{ev.LogEpoch, ev.Index} }

// newer reports whether n was logged after the other: log epochs grow, and the index in each.
func (n name) newer(than name) bool {
	return n.epoch > than.epoch || n.epoch == than.epoch && n.index > than.index
}

// repeats reports whether the flow still holds a transaction of this name. The controller logs in
// order, so of one that is newer than all before nobody has to ask. At the first that is not, the flow learns its names, and
// knows them until it is empty: whoever was rewound far may have tens of thousands to ask for, behind as many that are kept.
func (f *flow) repeats(ev *encoded.Event) bool {
	if nameOf(ev).newer(f.newest) {
		return false
	}
	if f.names == nil {
		f.names = make(map[name]bool, f.kept)
		for kept := range f.all() {
			f.learn(kept)
		}
	}
	return f.names[nameOf(ev)]
}

// learn takes the name of a transaction that is kept.
func (f *flow) learn(ev *encoded.Event) {
	if ev.Index == 0 {
		return
	}
	if nameOf(ev).newer(f.newest) {
		f.newest = nameOf(ev)
	}
	if f.names != nil {
		f.names[nameOf(ev)] = true
	}
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
			delete(f.names, nameOf(ev))
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
