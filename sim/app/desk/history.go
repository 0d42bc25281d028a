package desk

import "math"

// history is what is stored of one controller: an extent for each log epoch.
type history struct {
	extents map[uint32]*extent
}

// extent is what is stored of one log.
type extent struct {
	stored runs
	gaps   runs
	// First index of a gap without end; 0: there is none.
	endless uint64
	// The first lease under which the app counted it; 0: it did not.
	since uint64
	// Where acknowledging begins: what lies at or below it was never asked for, or is stored.
	base  uint64
	based bool
}

// history finds, or reads from the store, what is stored of a controller. Nil after a fault of the store.
func (d *Desk) history(serial uint64) *history {
	if h := d.histories[serial]; h != nil {
		return h
	}
	kept, err := d.store.History(serial)
	if err != nil {
		d.fail(err)
		return nil
	}
	h := &history{extents: make(map[uint32]*extent, len(kept))}
	for epoch, log := range kept {
		e := h.extent(epoch)
		e.since = log.Lease
		for _, r := range log.Stored {
			e.stored = e.stored.add(r)
		}
		for _, g := range log.Gaps {
			e.gap(g.First, g.Last)
		}
	}
	d.histories[serial] = h
	return h
}

func (h *history) extent(epoch uint32) *extent {
	e := h.extents[epoch]
	if e == nil {
		e = &extent{}
		h.extents[epoch] = e
	}
	return e
}

// newest is the newest log epoch of which anything is stored; false when there is none.
func (h *history) newest() (epoch uint32, any bool) {
	for at, e := range h.extents {
		if !e.empty() && (!any || at > epoch) {
			epoch, any = at, true
		}
	}
	return epoch, any
}

func (e *extent) empty() bool { return len(e.stored) == 0 && len(e.gaps) == 0 && e.endless == 0 }

// add takes one transaction in. fresh: it was not stored yet; begins: the one before it is not.
func (e *extent) add(index uint64) (fresh, begins bool) {
	if !e.based {
		e.start(max(e.contiguous(), index-1))
	}
	if e.stored.has(index) {
		return false, false
	}
	begins = !e.stored.has(index - 1)
	e.stored = e.stored.add(Run{index, index})
	return true, begins
}

// gap fills first to last for acknowledging; last 0 is without end.
func (e *extent) gap(first, last uint64) {
	switch {
	case last == 0 && (e.endless == 0 || first < e.endless):
		e.endless = first
	case last >= first:
		e.gaps = e.gaps.add(Run{first, min(last, math.MaxInt64)})
	}
}

// start tells from where on transactions were asked for.
func (e *extent) start(after uint64) { e.base, e.based = after, true }

// acknowledged is the highest index up to which everything that was asked for is stored or known to be missing.
func (e *extent) acknowledged() uint64 { return e.through(e.base) }

// heldBack is how many transactions are stored and can't be acknowledged: there is a hole before them.
func (e *extent) heldBack() (n int) {
	after := e.acknowledged()
	for _, r := range e.stored {
		if r.Last > after {
			n += int(r.Last - max(r.First-1, after))
		}
	}
	return n
}

// contiguous is the same counted from the first entry the log ever had: where to resume.
func (e *extent) contiguous() uint64 { return e.through(0) }

func (e *extent) through(index uint64) uint64 {
	for {
		next := max(e.stored.through(index), e.gaps.through(index))
		if e.endless != 0 && next+1 >= e.endless {
			next = max(next, e.stored.last())
		}
		if next == index {
			return index
		}
		index = next
	}
}
