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

// leastCredit is what a vendor app grants at least: a wider window is fed from that on, as more
// may never be free.
const leastCredit = 256

// feed lets starved sessions fetch again what they left, one for each window of free credit.
func (t *Table) feed(now time.Time) {
	window := int(t.rules.Window)
	for free := t.ports.Sink.Free(); free >= min(window, leastCredit); free -= window {
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
