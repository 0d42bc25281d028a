package core

import "mercury-driver/cvendor/scp"

// Bounds that a controller may leave unanswered; it could not be told more.
const maxTold = 16

// window is how far a controller may report its log: up to the bound that it confirmed, or to one that
// was posted and may have reached it. Its zero value allows nothing. The link's mutex guards it.
type window struct {
	limit bound
	told  []told // oldest first
}

type told struct {
	tag uint32
	bound
}

// bound allows a log epoch up to an index, or everything.
type bound struct {
	unbounded bool
	epoch     uint32
	index     uint64
}

func (b bound) holds(epoch uint32, index uint64) bool {
	return b.unbounded || epoch == b.epoch && index <= b.index
}

// full reports whether too many bounds are unanswered to post one more.
func (w *window) full() bool { return len(w.told) >= maxTold }

// posted takes note of a command that was sent.
func (w *window) posted(tag uint32, action scp.Action) {
	switch a := action.(type) {
	case scp.LogReport:
		w.told = append(w.told, told{tag, bound{epoch: a.Epoch, index: a.Index}})
	case scp.LogResume:
		if w.limit == (bound{}) && len(w.told) == 0 {
			w.told = append(w.told, told{tag, bound{unbounded: true}})
		}
	}
}

// answered takes note of a reply. A controller does its commands in order: those before this one are
// done as well, and where their replies were lost, perhaps with success.
func (w *window) answered(tag uint32, ok bool) {
	for len(w.told) > 0 && w.told[0].tag <= tag {
		first := w.told[0]
		w.told = w.told[1:]
		if first.tag == tag && ok || first.tag < tag && (first.unbounded || !w.limit.holds(first.epoch, first.index)) {
			w.limit = first.bound
		}
	}
	if len(w.told) == 0 {
		w.told = nil
	}
}

// holds reports whether the controller may report that transaction.
func (w *window) holds(epoch uint32, index uint64) bool {
	if w.limit.holds(epoch, index) {
		return true
	}
	for _, t := range w.told {
		if t.holds(epoch, index) {
			return true
		}
	}
	return false
}
