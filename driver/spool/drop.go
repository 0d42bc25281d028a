package spool

import (
	"log/slog"
	"time"

	"mercury-driver/driver/encoded"
)

// dropEvery is how long acknowledged entries wait for more of them: a repeat costs less than a write a batch.
const dropEvery = time.Second

// span is entries of one controller, without end.
type span struct{ serial, first, end uint64 }

// drop removes from the file what the vendor app has.
func (s *Spool) drop(now time.Time) error {
	if now.Sub(s.dropped) < dropEvery {
		return nil
	}
	s.dropped = now
	if spans := s.acknowledged(); (len(spans) > 0 || len(s.store.stale) > 0) && !s.mayHaveMore() {
		bytes, err := s.measured(s.store.remove(spans))
		if damaged(err) {
			return err
		}
		s.removed(now, spans, bytes, err)
	}
	s.sessions.Spooled(now, nil) // there may be room for them again, or one whose turn it was could not use it
	return nil
}

// mayHaveMore reports whether an append that failed may have left in the file what the outbox or the queue has in memory
// only, and nobody says again: a kill would leave that.
func (s *Spool) mayHaveMore() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.through && (s.bypassing || len(s.queue) > 0 && !s.failed.IsZero())
}

// acknowledged is what may go: the entries that the outbox was given and has let go of. It does that only with what
// the present stream has carried, whereas an acknowledgement may pass a gap that an entry here would fill.
func (s *Spool) acknowledged() (spans []span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for serial, b := range s.backlogs {
		end := b.next
		onDisk := func(ev *encoded.Event) bool { return b.onDisk.has(runOf(ev)) } // and not what went past the file
		if oldest, kept := s.Oldest(serial, onDisk); kept {
			end = min(end, b.number(&oldest))
		}
		if end > b.first {
			spans = append(spans, span{serial, b.first, end})
		}
	}
	return spans
}

// removed takes over what came of removing. The vendor app has the entries, whether the file still has them or not.
func (s *Spool) removed(now time.Time, spans []span, bytes int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, gone := range spans {
		b := s.backlogs[gone.serial]
		b.release(gone.end)
		s.forget(gone.serial, b)
	}
	if s.disk(now, err); err != nil {
		return
	}
	s.bytes = bytes
	s.tellFull()
	if len(spans) > 0 && len(s.backlogs) == 0 {
		s.note(slog.LevelInfo, "the spool is empty: the vendor app has everything")
	}
}

// forget drops the backlog of a controller of which nothing is kept here.
func (s *Spool) forget(serial uint64, b *backlog) {
	if b.first == b.end && len(b.queued) == 0 {
		delete(s.backlogs, serial)
	}
}
