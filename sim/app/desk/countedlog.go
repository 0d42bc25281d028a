package desk

// Where a driver's library has no log epochs, an erased log begins again with the names of the one before.
// So the app counts the logs, and keeps under which lease each began: every report names its lease.

// CountedLog is a log that the app counted, with the first lease under which it was the controller's.
type CountedLog struct {
	Serial   uint64
	LogEpoch uint32
	Lease    uint64
}

// countedEpoch is the log of a controller that asks for admission. One whose newest entry is older
// than what is stored was erased in between. The driver can not report that gap, so the app does.
func (d *Desk) countedEpoch(serial uint64, h *history, newestIndex uint64) uint32 {
	epoch := h.latest()
	last := h.extent(epoch).stored.last()
	if newestIndex >= last {
		return epoch
	}
	d.missing(h, serial, epoch, Run{First: last + 1})
	return epoch + 1
}

// count keeps the first lease of a log.
func (d *Desk) count(h *history, l CountedLog) {
	if e := h.extent(l.LogEpoch); e.since == 0 {
		e.since = l.Lease
		d.change.Counted = append(d.change.Counted, l)
	}
}

// latest is the newest log epoch that is stored or counted; 0 when there is none.
func (h *history) latest() (epoch uint32) {
	for at, e := range h.extents {
		if !e.empty() || e.since > 0 {
			epoch = max(epoch, at)
		}
	}
	return epoch
}

// under is the log that was the controller's under a lease.
func (h *history) under(lease uint64) (epoch uint32) {
	for at, e := range h.extents {
		if e.since > 0 && e.since <= lease {
			epoch = max(epoch, at)
		}
	}
	return epoch
}
