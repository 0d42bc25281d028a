package spool

import pb "mercury-driver/proto/mercury/driver/v1"

// backlog is what is kept of one controller: entries in the file, and behind them those that are to be written.
type backlog struct {
	onDisk, queued runs

	// Numbers of entries in the file. Those from first on are there, those from next on have not been handed to
	// the outbox, end is the next one to be written.
	first, next, end uint64

	acked map[uint32]uint64 // by log epoch, up to where the vendor app has all
}

// behind reports whether what comes now must wait for what is kept here.
func (b *backlog) behind() bool { return b.next < b.end || len(b.queued) > 0 }

func (b *backlog) has(ev *pb.Event) bool {
	return b.onDisk.has(ev.LogEpoch, ev.Index) || b.queued.has(ev.LogEpoch, ev.Index)
}

// written moves the oldest queued transaction into the file.
func (b *backlog) written(ev *pb.Event) {
	b.queued = b.queued.dropFirst()
	b.loaded(ev)
}

// loaded notes a transaction that is in the file.
func (b *backlog) loaded(ev *pb.Event) {
	b.onDisk = b.onDisk.add(ev.LogEpoch, ev.Index)
	b.end++
}

// stored notes how far the vendor app has a log.
func (b *backlog) stored(p *pb.LogPosition) {
	if b.acked == nil {
		b.acked = make(map[uint32]uint64)
	}
	b.acked[p.LogEpoch] = max(b.acked[p.LogEpoch], p.Index)
}

// acknowledged is the end of the oldest entries that were handed on and that the vendor app has. An acknowledgement
// may pass a gap that an entry here would fill: what was not handed on stays.
func (b *backlog) acknowledged() (end uint64) {
	end = b.first
	for _, r := range b.onDisk {
		have := b.acked[r.epoch]
		if have < r.first {
			break
		}
		end += min(have, r.last) - r.first + 1
		if have < r.last {
			break
		}
	}
	return min(end, b.next)
}

// release forgets the entries before end.
func (b *backlog) release(end uint64) {
	for ; b.first < end; b.first++ {
		b.onDisk = b.onDisk.dropFirst()
	}
}
