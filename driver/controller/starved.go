package controller

import (
	"sync"
	"time"
)

// starvedList is the sessions that left transactions in their controllers for want of credit, in the
// order in which they get some again.
type starvedList struct {
	mu    sync.Mutex
	queue []*Session
}

func (l *starvedList) add(s *Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, s)
}

func (l *starvedList) take() *Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return nil
	}
	s := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	return s
}

// mostWaited is how much free credit a session waits for at most, however wide its window is. A vendor app may grant no
// more than 256, and some of that may be held for long by what lies behind a hole that only such a session fills.
const mostWaited = 64

// feed lets starved sessions fetch again what they left, one for each window of free credit.
func (t *Table) feed(now time.Time) {
	window := int(t.rules.Window)
	for free := t.ports.Sink.Free(); free >= min(window, mostWaited); free -= window {
		s := t.starved.take()
		if s == nil {
			return
		}
		s.step(now, s.fetchAgain)
	}
}

func (s *Session) fetchAgain() {
	if s.log.rewind == rewindStarved {
		s.log.rewind = rewindWanted
	}
}
