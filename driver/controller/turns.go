package controller

import (
	"container/list"
	"sync"
	"time"
)

// turns is the sessions that wait for credit, in the order in which they get some. Those whose controllers have
// nothing left from before they attached stand in a row of their own, and the rows take turns: what was logged
// just now does not wait for ten thousand backlogs, nor do these wait for ever.
type turns struct {
	mu             sync.Mutex
	fresh, backlog list.List
	backlogNext    bool
}

// turn is where a session stands; guarded by the mutex of turns.
type turn struct {
	row     *list.List
	element *list.Element
}

// add enters a session that stands nowhere.
func (t *turns) add(s *Session, fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	row := &t.backlog
	if fresh {
		row = &t.fresh
	}
	s.turn = turn{row, row.PushBack(s)}
}

// remove takes a session out, wherever it stands.
func (t *turns) remove(s *Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.turn.row != nil {
		s.turn.row.Remove(s.turn.element)
		s.turn = turn{}
	}
}

// any reports whether a session waits.
func (t *turns) any() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fresh.Len()+t.backlog.Len() > 0
}

// take takes out the session whose turn it is, nil where none waits.
func (t *turns) take() *Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	row, other := &t.fresh, &t.backlog
	if t.backlogNext {
		row, other = other, row
	}
	t.backlogNext = !t.backlogNext
	if row.Len() == 0 {
		row = other
	}
	if row.Len() == 0 {
		return nil
	}
	s := row.Remove(row.Front()).(*Session)
	s.turn = turn{}
	return s
}

// mostWaited is how much credit must be free before a session gets its turn, however wide its window is. A vendor app may
// grant no more than 256, and some of that may be held for long by what lies behind a hole that only such a session fills.
const mostWaited = 64

// feedWithin is how long free credit waits for a session at most.
const feedWithin = 250 * time.Millisecond

// feed reserves the free credit for the sessions that wait, a window for each; the last one may overdraw it by
// what a window is wider than mostWaited.
func (t *Table) feed(now time.Time) {
	if t.holding.Load() || !t.mayMoveLogs(now) {
		return
	}
	least := int64(min(t.rules.Window, mostWaited))
	for int64(t.ports.Sink.Free())-t.reserved.Load() >= least {
		s := t.turns.take()
		if s == nil {
			return
		}
		s.step(now, func() { s.takeTurn(now) })
	}
}
