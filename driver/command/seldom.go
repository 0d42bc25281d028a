package command

import (
	"sync"
	"time"
)

// seldom keeps a log line that anybody could cause, as often as they like, to one a second.
type seldom struct {
	mu   sync.Mutex
	last time.Time
}

// due reports whether the line may be written now, and counts on its being written then.
func (s *seldom) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) < time.Second {
		return false
	}
	s.last = now
	return true
}
