package desk

import (
	"sort"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// A log before the newest one that is stored is over: its controller does not have it any more, and is not asked for it.
// The drivers report its end. But what is missing before that was stored once, and lost with the database, so they let go
// of it long ago: nobody will report that gap, and what a driver brings from behind it could never be acknowledged.

// closeHoles has the app report such gaps. Not where logs are counted: the acknowledgement that follows names no log
// there, and would pass in the present one too.
func (d *Desk) closeHoles(serial uint64, h *history) {
	newest, _ := h.newest()
	for _, epoch := range matching(h.extents, func(epoch uint32, _ *extent) bool { return epoch < newest }) {
		for hole, any := h.extent(epoch).hole(); any; hole, any = h.extent(epoch).hole() {
			d.missing(h, serial, epoch, hole)
			d.touched[logKey{serial, epoch}] = true
		}
	}
}

// hole is the first one behind what may be acknowledged, and before something that is stored.
func (e *extent) hole() (Run, bool) {
	first := e.acknowledged() + 1
	i := sort.Search(len(e.stored), func(i int) bool { return e.stored[i].First > first })
	if i == len(e.stored) {
		return Run{}, false
	}
	return Run{first, e.stored[i].First - 1}, true
}

// missing reports a gap of an erased log that no driver can report; Last 0 is without end.
func (d *Desk) missing(h *history, serial uint64, logEpoch uint32, gone Run) {
	h.extent(logEpoch).gap(gone.First, gone.Last)
	d.change.Gaps = append(d.change.Gaps, Gap{Serial: serial, LogEpoch: logEpoch, First: gone.First, Last: gone.Last,
		Cause: pb.GapCause_GAP_CAUSE_ERASED})
	d.log.Warn("transactions missing", "controller", serial, "first", gone.First, "last", gone.Last,
		"cause", Word(pb.GapCause_GAP_CAUSE_ERASED))
}
