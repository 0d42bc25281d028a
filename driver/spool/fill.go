package spool

import (
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// A vendor app that lost its database, or got an older copy back, wants transactions again that it has had: their
// controllers are rewound to before what is kept here, which it can't acknowledge until that hole is filled, be it by a
// session of another process. So all that is handed on leaves half of the usual credit to the sessions, and what fills a
// hole does not queue behind what waits for it. It goes past the file, straight to the outbox, and stays there when the
// stream is lost: the controllers keep it until the vendor app has it.

// fills reports whether an event is missing below what is kept of its log.
func (b *backlog) fills(ev *encoded.Event) bool {
	missing := runOf(ev)
	return (b.onDisk.above(missing) >= 0 || b.queued.above(missing) >= 0) && !b.overlaps(missing)
}

// overlaps reports whether some of what a gap says to be missing is kept. Such a gap goes behind it: were it carried first,
// the vendor app would acknowledge all of it, and what it has not read yet would be taken for stored.
func (b *backlog) overlaps(gap run) bool {
	return b.onDisk.overlaps(gap) || b.queued.overlaps(gap)
}

// handedBelow reports whether all that stands before a hole was handed on.
func (b *backlog) handedBelow(ev *encoded.Event) bool {
	below := b.onDisk
	if i := below.above(runOf(ev)); i >= 0 {
		below = below[:i]
	}
	return b.first+below.entries() <= b.next
}

// withdrawn reports whether an event of the outbox is to be taken back when the stream is lost: all but what fills a hole
// in the file. A gap over what is there fills none.
func (s *Spool) withdrawn(ev *encoded.Event) bool {
	b := s.backlogs[ev.Serial]
	return b == nil || b.has(ev) || b.onDisk.above(runOf(ev)) < 0 || b.onDisk.overlaps(runOf(ev))
}

// safe reports whether a controller may forget its log up to a position that is on disk: not while the outbox has
// transactions before it that would be lost with the process.
func (s *Spool) safe(p *pb.LogPosition) bool {
	b := s.backlogs[p.Serial]
	_, unsafe := s.Oldest(p.Serial, func(ev *encoded.Event) bool {
		return ev.Index > 0 && ev.Index < p.Index && ev.LogEpoch == p.LogEpoch && !b.onDisk.has(runOf(ev))
	})
	return s.through || !unsafe
}
