package controller

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// stored is up to where a log is stored when the vendor app has index: what is on disk behind it the app gets from there.
func (s *Session) stored(epoch uint32, index uint64) uint64 {
	spool := s.table.ports.Spool
	if spool == nil {
		return index
	}
	if last := spool.Last(s.serial, epoch); epoch == s.identity.LogEpoch && last > s.identity.Newest {
		return max(index, last) // their names are given, whatever is between
	}
	return spool.Through(s.serial, epoch, index)
}

// missing reports a part of a log as a gap, both ends included, last 0: without end. It leaves out what is on disk here:
// that comes, and the vendor app must not take it for stored before it has. Nor may what is missing below that wait behind
// it, for the vendor app acknowledges none of it until it knows.
func (s *Session) missing(now time.Time, epoch uint32, first, last uint64, cause pb.GapCause) {
	for last == 0 || first <= last {
		var from, to uint64
		if spool := s.table.ports.Spool; spool != nil {
			from, to = spool.Kept(s.serial, epoch, first)
		}
		if from == 0 || last != 0 && from > last {
			s.gap(now, epoch, first, last, cause)
			return
		}
		if first < from {
			s.gap(now, epoch, first, from-1, cause)
		}
		first = to + 1
	}
}

// outlived reports whether more of the controller's log is on disk than it has itself: it was erased. Where there are no
// log epochs the vendor app knows that by what it has stored, so not before it has what is on disk; until then
// it would take the new log's entries for repeats of the old one's.
func (s *Session) outlived() bool {
	spool := s.table.ports.Spool
	return spool != nil && !s.table.caps.LogEpochs && spool.Last(s.serial, s.identity.LogEpoch) > s.identity.Newest
}
