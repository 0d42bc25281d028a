package controller

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

// outlived reports whether more of the controller's log is on disk than it has itself: it was erased. Where there are no
// log epochs the vendor app knows that by what it has stored, so not before it has what is on disk; until then
// it would take the new log's entries for repeats of the old one's.
func (s *Session) outlived() bool {
	spool := s.table.ports.Spool
	return spool != nil && !s.table.caps.LogEpochs && spool.Last(s.serial, s.identity.LogEpoch) > s.identity.Newest
}
