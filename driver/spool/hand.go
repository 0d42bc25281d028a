package spool

import (
	"fmt"
	"time"

	"mercury-driver/driver/encoded"
)

// chunk is how many transactions of one controller are handed on in its turn, at most.
const chunk = 256

// hand gives the outbox what it has credit for, controllers in turns. Half of the usual credit is left to the sessions:
// all that is handed on may lie behind holes that only they fill. Nor may they use the rest for long: what a controller
// logs now waits behind what is on disk of it.
func (s *Spool) hand(now time.Time) error {
	for free := s.Outbox.Surplus(); free > 0; free = s.Outbox.Surplus() {
		serial, from, left, ok := s.turn()
		if !ok {
			return nil
		}
		entries, err := s.store.from(serial, from, min(free, chunk, left))
		if err == nil && (len(entries) == 0 || entries[0].number != from) {
			err = fmt.Errorf("spool %s: %w", s.store.path, &DamagedError{errMissing})
		}
		if err != nil {
			return err
		}
		if !s.handOn(now, serial, entries) {
			return nil
		}
	}
	return nil
}

// Hold leaves what is on disk to the next start from now on, so that the outbox can become empty.
func (s *Spool) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = true
}

// turn is the controller that is next, where it goes on, and how many entries it has left.
func (s *Spool) turn() (serial, from uint64, left int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away || s.held || s.synced != nil || len(s.turns) == 0 { // who waits for the disk goes first
		return 0, 0, 0, false
	}
	b := s.backlogs[s.turns[0]]
	return s.turns[0], b.next, int(b.end - b.next), true
}

// handOn gives entries of one controller to the outbox, and ends its turn; false when there is no more credit.
func (s *Spool) handOn(now time.Time, serial uint64, entries []entry) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.backlogs[serial]
	more = true
	for _, e := range entries {
		if more = s.Outbox.Offer(e.handed(now)); !more {
			break
		}
		b.next = e.number + 1
	}
	s.turns = s.turns[1:]
	if b.next < b.end {
		s.turns = append(s.turns, serial)
	}
	return more
}

// handed is an entry of the file for the outbox. News it was when it was written, which is long ago, unless the clock was
// set back since.
func (e entry) handed(now time.Time) encoded.Event {
	ev := e.event.Message
	if ev.Index != 0 && now.Sub(time.Unix(0, ev.ReceivedNs)).Abs() >= awayAfter {
		ev.Backlog = true
	}
	handed := encoded.Of(ev)
	handed.Spooled = true
	return handed
}

// bypass hands on from memory what a failing disk does not take, now that the vendor app is there. Once begun it goes
// on until nothing is queued, though the disk may work again: were a later part of a controller's transactions
// written, its session would be told that the earlier part, which is in memory only, is stored too.
func (s *Spool) bypass() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away || s.failed.IsZero() && !s.bypassing {
		return
	}
	waits := make(map[uint64]bool)
	left := s.queue[:0]
	for _, ev := range s.queue {
		b := s.backlogs[ev.Serial]
		ev.Spooled = true
		if waits[ev.Serial] || b.next < b.end || s.Outbox.Surplus() == 0 || !s.Outbox.Offer(ev) {
			waits[ev.Serial] = true
			left = append(left, ev)
			continue
		}
		b.queued = b.queued.dropFirst()
		if s.through {
			s.bypassed[ev.Serial] = runOf(&ev)
		}
		s.forget(ev.Serial, b)
	}
	clear(s.queue[len(left):])
	s.queue, s.bypassing = left, len(left) > 0 || s.unsafe()
}
