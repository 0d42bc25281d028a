package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// linesPerSecond is as much as is shown: nobody reads more, and writing more would slow the app down.
const linesPerSecond = 200

// limit is a slog.Handler that lets so many lines through a second, and says how many it left out.
// Errors always pass. It decides in Enabled, so that a line left out costs nothing to make.
type limit struct {
	slog.Handler
	state *limitState
}

type limitState struct {
	mu      sync.Mutex
	second  int64
	lines   int
	leftOut int
}

func newLimit(h slog.Handler) slog.Handler { return limit{h, &limitState{}} }

// Enabled implements slog.Handler.
func (l limit) Enabled(ctx context.Context, level slog.Level) bool {
	if !l.Handler.Enabled(ctx, level) {
		return false
	}
	s := l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now().Unix(); now != s.second {
		if s.leftOut > 0 {
			r := slog.NewRecord(time.Now(), slog.LevelWarn, "lines left out", 0)
			r.Add("lines", s.leftOut)
			l.Handler.Handle(ctx, r)
		}
		s.second, s.lines, s.leftOut = now, 0, 0
	}
	if level < slog.LevelError && s.lines >= linesPerSecond {
		s.leftOut++
		return false
	}
	return true
}

// Handle implements slog.Handler.
func (l limit) Handle(ctx context.Context, r slog.Record) error {
	l.state.mu.Lock()
	l.state.lines++
	l.state.mu.Unlock()
	return l.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l limit) WithAttrs(attrs []slog.Attr) slog.Handler {
	return limit{l.Handler.WithAttrs(attrs), l.state}
}

// WithGroup implements slog.Handler.
func (l limit) WithGroup(name string) slog.Handler { return limit{l.Handler.WithGroup(name), l.state} }
