package panel

// eventLog is the battery-backed log: a ring that grows to its capacity and then overwrites the
// oldest entry. Indexes start at 1 in each epoch and grow by one.
type eventLog struct {
	epoch        uint32
	capacity     int
	entries      []Entry
	newest       uint64 // index of the newest entry, 0 when there never was one
	acknowledged uint64
	overwritten  uint64 // entries that were overwritten before they were acknowledged
}

// oldest is the index of the oldest entry that is still there; newest + 1 when there is none.
func (l *eventLog) oldest() uint64 { return l.newest + 1 - uint64(len(l.entries)) }

// unread counts the entries that are there and not acknowledged.
func (l *eventLog) unread() uint64 { return l.newest - max(l.acknowledged, l.oldest()-1) }

// nearFull: 90 % of the log is not acknowledged.
func (l *eventLog) nearFull() bool { return l.unread()*10 >= uint64(l.capacity)*9 }

func (l *eventLog) add(e Entry) Entry {
	l.newest++
	e.Epoch, e.Index = l.epoch, l.newest
	if len(l.entries) < l.capacity {
		l.entries = append(l.entries, e)
		return e
	}
	slot := l.slot(e.Index)
	if l.entries[slot].Index > l.acknowledged {
		l.overwritten++
	}
	l.entries[slot] = e
	return e
}

// at returns the entry of an index from oldest to newest.
func (l *eventLog) at(index uint64) Entry { return l.entries[l.slot(index)] }

// slot is where an index lives in the ring. Epochs start at 1, so the first lives in slot 0.
func (l *eventLog) slot(index uint64) int { return int((index - 1) % uint64(l.capacity)) }

// erase empties the log and begins an epoch.
func (l *eventLog) erase(epoch uint32) {
	*l = eventLog{epoch: epoch, capacity: l.capacity}
}
