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

// missing reports a part of the log as a gap, both ends included, but for what is on disk here: that comes, and the vendor
// app must not take it for stored before it has.
func (s *Session) missing(now time.Time, first, last uint64, cause pb.GapCause) {
	for first <= last {
		kept, through := last+1, last
		if spool := s.table.ports.Spool; spool != nil {
			if from, to := spool.Kept(s.serial, s.log.epoch, first); from != 0 && from <= last {
				kept, through = from, to
			}
		}
		if first < kept {
			s.gap(now, s.log.epoch, first, kept-1, cause)
		}
		if through >= last {
			return
		}
		first = through + 1
	}
}

// outlived reports whether more of the controller's log is on disk than it has itself: it was erased. Where there are no
// log epochs the vendor app knows that by what it has stored, so not before it has what is on disk; until then
// it would take the new log's entries for repeats of the old one's.
func (s *Session) outlived() bool {
	spool := s.table.ports.Spool
	return spool != nil && !s.table.caps.LogEpochs && spool.Last(s.serial, s.identity.LogEpoch) > s.identity.Newest
}
