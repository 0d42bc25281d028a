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

// feed lets starved sessions fetch again what they left, one for each window of free credit.
func (t *Table) feed(now time.Time) {
	for free := t.ports.Sink.Free(); free >= int(t.rules.Window); free -= int(t.rules.Window) {
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
