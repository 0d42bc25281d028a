package spool

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// look is how often the stream is looked at.
const look = 100 * time.Millisecond

// Run steps the spool until ctx ends; what waits for the disk then is still written. It fails when the file is
// damaged.
func (s *Spool) Run(ctx context.Context) error {
	defer s.end()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := s.Step(time.Now()); err != nil {
			return errors.Join(err, s.store.close())
		}
		select {
		case <-s.wake:
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	defer s.tell()
	err := s.write(time.Now())
	s.noteLeft()
	return errors.Join(err, s.store.close())
}

// noteLeft notes what the next start finds on disk.
func (s *Spool) noteLeft() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := s.store.there(); {
	case s.bytes == 0:
	case err != nil:
		s.note(slog.LevelError, "the spool is lost; what the vendor app lacks of it is fetched from the controllers that still have it",
			"file", s.store.path, "bytes", s.bytes, "err", err)
	default:
		s.note(slog.LevelInfo, "the spool keeps transactions for the next start on this port", "file", s.store.path,
			"bytes", s.bytes)
	}
}

// Step does what is to be done now.
func (s *Spool) Step(now time.Time) error {
	defer s.tell()
	s.watch(now)
	for _, do := range []func(time.Time) error{s.write, s.drop, s.hand} {
		if err := do(now); err != nil {
			return err
		}
	}
	s.bypass()
	return nil
}

// watch notices that the vendor app is away for long, and that it is back.
func (s *Spool) watch(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.Up():
		if s.away {
			s.note(slog.LevelInfo, "the vendor app is back, the spool is handed on", "dur", now.Sub(s.down), "bytes", s.bytes)
		}
		s.away, s.down = false, time.Time{}
	case s.down.IsZero():
		s.down = now
	case !s.away && now.Sub(s.down) >= awayAfter:
		events, ok := s.Withdraw(s.withdrawn)
		if !ok { // it is back since Up was asked
			return
		}
		s.away = true
		s.note(slog.LevelWarn, "the vendor app is away, transactions go to the spool", "file", s.store.path, "dur", now.Sub(s.down))
		s.takeBack(events)
	}
}

// takeBack queues what the outbox could not get rid of, before what was queued behind it; what is in the file
// already is handed on from there again.
func (s *Spool) takeBack(events []encoded.Event) {
	slices.SortStableFunc(events, inLogOrder) // their controllers may have been rewound
	events = append(events, s.queue...)
	s.queue, s.turns, s.bypassing = nil, s.turns[:0], false
	clear(s.bypassed)
	for serial, b := range s.backlogs {
		b.next, b.queued = b.first, nil
		if b.next < b.end {
			s.turns = append(s.turns, serial)
		} else {
			delete(s.backlogs, serial)
		}
	}
	slices.Sort(s.turns)
	for i := range events {
		ev := &events[i]
		if b := s.backlogs[ev.Serial]; b == nil || !b.has(ev) {
			s.enqueue(ev)
		}
	}
}

// write makes durable what is queued, and tells the sessions: their controllers may forget it.
func (s *Spool) write(now time.Time) error {
	defer s.syncing()()
	entries := s.unwritten(now)
	if len(entries) == 0 {
		return nil
	}
	bytes, err := s.measured(s.store.append(entries))
	if damaged(err) {
		return err
	}
	if told := s.wrote(now, entries, bytes, err); len(told) > 0 {
		s.sessions.Spooled(now, told)
	}
	return nil
}

// measured adds to a change of the file how many bytes of it are in use then.
func (s *Spool) measured(changed error) (bytes int, err error) {
	if changed != nil {
		return 0, changed
	}
	return s.store.used()
}

func damaged(err error) bool { return errors.As(err, new(*DamagedError)) }

// unwritten is the queue with numbers; nothing while the disk is left alone.
func (s *Spool) unwritten(now time.Time) []entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bypassing || !s.failed.IsZero() && now.Sub(s.failed) < retryAfter {
		return nil
	}
	entries := make([]entry, len(s.queue))
	ends := make(map[uint64]uint64)
	for i, ev := range s.queue {
		number, counted := ends[ev.Serial]
		if !counted {
			number = s.backlogs[ev.Serial].end
		}
		ends[ev.Serial] = number + 1
		entries[i] = entry{number, ev}
	}
	return entries
}

// wrote takes over what came of writing, and returns what the sessions may hear of it.
func (s *Spool) wrote(now time.Time, entries []entry, bytes int, err error) (told []*pb.LogPosition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk(now, err); err != nil {
		return nil
	}
	for _, e := range entries {
		b := s.backlogs[e.event.Serial]
		if b.next == b.end {
			s.turns = append(s.turns, e.event.Serial)
		}
		b.written(&e.event)
	}
	s.queue = slices.Delete(s.queue, 0, len(entries))
	s.counts.Written += uint64(len(entries))
	s.bytes = bytes
	s.tellFull()
	if s.through && s.full {
		return nil
	}
	return slices.DeleteFunc(positions(entries), func(p *pb.LogPosition) bool { return !s.safe(p) })
}

// disk notes whether the disk works.
func (s *Spool) disk(now time.Time, err error) {
	switch {
	case err == nil && s.failed.IsZero():
	case err == nil:
		s.note(slog.LevelInfo, "the spool can be written again")
		s.failed = time.Time{}
	default:
		if s.failed.IsZero() {
			s.note(slog.LevelError, "the spool can't be written, trying again; the controllers are held back", "err", err)
		}
		s.failed = now
		s.counts.Failures++
	}
}

func (s *Spool) tellFull() {
	if full := s.bytes >= s.limit; full != s.full {
		s.full = full
		if full {
			s.note(slog.LevelError, "the spool is full, the controllers keep what comes now", "bytes", s.bytes, "limit", s.limit)
		} else {
			s.note(slog.LevelInfo, "the spool has room again", "bytes", s.bytes, "limit", s.limit)
		}
	}
}

// positions is up to where each log is stored with these entries; nobody asks for a gap.
func positions(entries []entry) []*pb.LogPosition {
	var all []*pb.LogPosition
	at := make(map[run]*pb.LogPosition) // by serial, as first, and epoch
	for _, e := range entries {
		if e.event.Index == 0 {
			continue
		}
		name := run{epoch: e.event.LogEpoch, first: e.event.Serial}
		p := at[name]
		if p == nil {
			p = &pb.LogPosition{Serial: e.event.Serial, LogEpoch: e.event.LogEpoch}
			at[name] = p
			all = append(all, p)
		}
		p.Index = e.event.Index
	}
	return all
}
