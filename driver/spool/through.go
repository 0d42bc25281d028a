package spool

import "mercury-driver/driver/encoded"

// A library that can not have a transaction said again hands it over once and for all. Then every transaction goes
// through the file, also while the vendor app is there, and is safe in it before the library is asked for the next: each costs a write of its own.

// WriteThrough has every transaction written to disk before it is handed on. To be called before anything is offered.
// What the limit leaves no room for is written all the same, as nobody else has it, but is not told to be stored: that
// holds its controller back.
func (s *Spool) WriteThrough() { s.through = true }

// Sync is closed when what was offered before is on disk, or the disk has failed to take it: it is kept in memory then, for a
// while. Nil: it is so already.
func (s *Spool) Sync() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.through || s.over || len(s.queue) == 0 {
		return nil
	}
	if s.synced == nil {
		s.synced = make(chan struct{})
	}
	s.ring()
	return s.synced
}

// syncing takes over the promise to whoever waits in Sync for what is queued now; it must be kept by calling kept.
func (s *Spool) syncing() (kept func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	synced := s.synced
	s.synced = nil
	return func() {
		if synced != nil {
			close(synced)
		}
	}
}

// unsafe reports whether the outbox still has what it got from memory, because the disk failed then. Nothing may be
// written meanwhile: were the outbox's part taken back, it would stand in the file behind what came after it.
func (s *Spool) unsafe() bool {
	for serial, last := range s.bypassed {
		if _, kept := s.Oldest(serial, func(ev *encoded.Event) bool { return runOf(ev).compare(last) <= 0 }); kept {
			return true
		}
		delete(s.bypassed, serial)
	}
	return false
}

// end lets nobody wait any more.
func (s *Spool) end() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.syncing()()
}
