package controller

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"mercury-driver/cvendor/scp"
)

// stage is how far a session has come.
type stage int8

const (
	attached   stage = iota // nothing known yet
	asking                  // identified, the vendor app is asked
	quarantine              // connected, nothing is forwarded
	confirming              // granted, the controller must answer once more
	leased                  // served
	leaving                 // a detach or refuse is posted
	ended                   // comm_offline was drained
)

const (
	identifyWithin = 10 * time.Second // from comm_online to identity
	answerWithin   = 5 * time.Second  // from a post of our own to its reply
)

// Session is one attachment of one controller.
type Session struct {
	table *Table
	key   Key

	mu       sync.Mutex
	stage    stage
	isolated bool // it has a place in quarantine
	attached time.Time
	heard    time.Time // last message of this controller
	peer     string
	tls      string
	serial   uint64
	identity scp.Identity
	backlog  uint64 // newest index of its log when it attached; 0 in a log that began since

	lease    lease
	log      logState
	outbox   outbox
	commands commands

	dueAt  time.Time // when the session is due by the table's due list, zero for not
	ticket int       // there; guarded by its mutex
	notes  []note

	reserved int64 // of the credit, as it is counted in the table
	waits    bool  // for its turn
	turn     turn
}

// note is a log line, written when the mutex is free again.
type note struct {
	level slog.Level
	text  string
	attrs []any
}

// step runs one change of the session under its mutex, then lets the outside know what follows.
func (s *Session) step(now time.Time, change func()) {
	s.run(func() {
		change()
		s.letGoWhenTold(now)
		if s.wantsPost(now) {
			s.table.ports.Poster.Ready(s)
		}
	})
}

// run is a step of the thread that posts for the session, which needs no telling.
func (s *Session) run(change func()) {
	notes, over := s.locked(change)
	for _, n := range notes {
		s.table.log.Log(context.Background(), n.level, n.text, n.attrs...)
	}
	if over {
		s.table.forget(s)
	}
}

// locked holds the mutex for one change, and leaves it free even when that panics: the process ends then, and
// on its way out must not wait for ever.
func (s *Session) locked(change func()) (notes []note, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.account()
	s.schedule()
	notes, s.notes = s.notes, nil
	return notes, s.stage == ended && !s.lease.asked && len(s.commands.claiming) == 0
}

func (s *Session) note(level slog.Level, text string, attrs ...any) {
	attrs = append(attrs, "scp", s.key.SCP)
	if s.serial != 0 {
		attrs = append(attrs, "controller", s.serial)
	}
	s.notes = append(s.notes, note{level, text, attrs})
}

// tick does what is due. An entry of the due list that another one overtook means nothing.
func (s *Session) tick(now, due time.Time) {
	s.step(now, func() {
		if !s.dueAt.Equal(due) {
			return
		}
		s.dueAt = time.Time{}
		if s.stage == attached && now.Sub(s.attached) >= identifyWithin {
			s.note(slog.LevelWarn, "controller did not identify itself, detached")
			s.detach(now, "not identified")
		}
		s.tickLease(now)
		s.tickLog(now)
		s.tickOutbox(now)
		s.tickCommands(now)
	})
}

// schedule enters the session's next deadline in the due list, unless an earlier one stands there; when there is none, the
// session leaves the list.
func (s *Session) schedule() {
	next := s.nextDeadline()
	switch stands := !s.dueAt.IsZero(); {
	case stands && next.IsZero():
		s.dueAt = time.Time{}
		s.table.due.remove(s)
	case !next.IsZero() && (!stands || next.Before(s.dueAt)):
		s.dueAt = next
		if s.table.due.add(s, next) {
			s.table.ports.Waker.Wake()
		}
	}
}

func (s *Session) nextDeadline() time.Time {
	switch s.stage {
	case ended:
		return time.Time{}
	case attached:
		return s.attached.Add(identifyWithin)
	}
	return earliest(s.nextLease(), s.nextLog(), s.outbox.deadline(), s.nextCommands())
}

// earliest is the first of the times that is set.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
