package spool

import "mercury-driver/driver/encoded"

// backlog is what is kept of one controller: entries in the file, and behind them those that are to be written.
type backlog struct {
	onDisk, queued runs

	// Numbers of entries in the file. Those from first on are there, those from next on have not been handed to
	// the outbox, end is the next one to be written.
	first, next, end uint64
}

// behind reports whether what comes now must wait for what is kept here.
func (b *backlog) behind() bool { return b.next < b.end || len(b.queued) > 0 }

func (b *backlog) has(ev *encoded.Event) bool {
	return b.onDisk.has(runOf(ev)) || b.queued.has(runOf(ev))
}

// written moves the oldest queued entry into the file.
func (b *backlog) written(ev *encoded.Event) {
	b.queued = b.queued.dropFirst()
	b.loaded(ev)
}

// loaded notes an entry that is in the file.
func (b *backlog) loaded(ev *encoded.Event) {
	b.onDisk = b.onDisk.add(runOf(ev))
	b.end++
}

// number is that of the entry with this event, or end where the file has none.
func (b *backlog) number(ev *encoded.Event) uint64 {
	entry, n := runOf(ev), b.first
	for _, r := range b.onDisk {
		if r.has(entry) {
			return n + entry.first - r.first
		}
		n += r.entries()
	}
	return n
}

// release forgets the entries before end.
func (b *backlog) release(end uint64) {
	for ; b.first < end; b.first++ {
		b.onDisk = b.onDisk.dropFirst()
	}
}
