package spool

import (
	"context"
	"log/slog"
)

// note is a log line, written when the mutex is free again: in Offer the thread that drains the library waits for
// the mutex, and it must not wait for stderr.
type note struct {
	level slog.Level
	text  string
	attrs []any
}

func (s *Spool) note(level slog.Level, text string, attrs ...any) {
	s.notes = append(s.notes, note{level, text, attrs})
}

// tell writes the notes.
func (s *Spool) tell() {
	for _, n := range s.notes {
		s.log.Log(context.Background(), n.level, n.text, n.attrs...)
	}
	s.notes = s.notes[:0]
}
