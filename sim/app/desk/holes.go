package desk

import (
	"sort"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// A log before the newest one that is stored is over: its controller does not have it any more, and is not asked for it.
// Where the app had something of it, the driver was told so, and reports its end. But an app that lost its database knew
// nothing when it was asked. What processes still bring of such a log has holes that were stored once and let go of,
// and an end that nobody reports: what lies behind a hole could never be acknowledged, what lies behind the end would
// be lost in silence.

// mostErased is how many logs between two are reported: a controller is not believed to have had more.
const mostErased = 100

// closeLogs has the app report such gaps, when all that a turn brought is taken in.
func (d *Desk) closeLogs() {
	for _, serial := range matching(d.begun, func(uint64, bool) bool { return true }) {
		h := d.histories[serial]
		for _, epoch := range matching(h.extents, func(_ uint32, e *extent) bool { return !e.empty() }) {
			d.closeLog(h, serial, epoch)
		}
	}
}

// closeLog closes a log that is over, and those that came and went between it and the newest one.
func (d *Desk) closeLog(h *history, serial uint64, epoch uint32) {
	newest, _ := h.newest()
	if epoch >= newest {
		return
	}
	d.touched[logKey{serial, epoch}] = true
	e := h.extent(epoch)
	for hole, any := e.hole(); any; hole, any = e.hole() {
		d.missing(h, serial, epoch, hole)
	}
	if e.endless == 0 {
		d.missing(h, serial, epoch, Run{First: max(e.stored.last(), e.gaps.last()) + 1})
	}
	for between := max(int64(epoch), int64(newest)-mostErased-1) + 1; between < int64(newest); between++ {
		if h.extent(uint32(between)).empty() {
			d.missing(h, serial, uint32(between), Run{First: 1})
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
