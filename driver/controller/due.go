package controller

import (
	"container/heap"
	"sync"
	"time"
)

// dueList orders the sessions by their next deadline. A session stands in it once, an idle one nowhere.
type dueList struct {
	mu    sync.Mutex
	queue dueQueue
	asked time.Time // the first deadline, as Due has said; zero: whoever asked is not waiting for it
}

type dueEntry struct {
	at      time.Time
	session *Session
}

// add enters a session, or moves it from where it stands. It reports whether that is sooner than Due has said.
func (d *dueList) add(s *Session, at time.Time) (sooner bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.place > 0 {
		d.queue[s.place-1].at = at
		heap.Fix(&d.queue, s.place-1)
	} else {
		heap.Push(&d.queue, dueEntry{at, s})
	}
	if sooner = at.Before(d.asked); sooner {
		d.asked = at
	}
	return sooner
}

// awake notes that nobody waits for a deadline.
func (d *dueList) awake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = time.Time{}
}

func (d *dueList) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.queue)
}

// next takes a session whose time has come.
func (d *dueList) next(now time.Time) (dueEntry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.queue) == 0 || d.queue[0].at.After(now) {
		return dueEntry{}, false
	}
	return heap.Pop(&d.queue).(dueEntry), true
}

// Due is how long it is until something is due in a session; an hour where nothing is. Ports.Waker tells when it becomes
// less, until the next Receive. Of free credit nobody tells.
func (t *Table) Due(now time.Time) time.Duration {
	d := &t.due
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = now.Add(time.Hour)
	if t.turns.any() {
		d.asked = now.Add(feedWithin)
	}
	if len(d.queue) > 0 && d.queue[0].at.Before(d.asked) {
		d.asked = d.queue[0].at
	}
	return max(0, d.asked.Sub(now))
}

// Tick does whatever is due in any session, and not what that makes due again: the event thread, which calls it each time
// that it comes back from the library, must get on.
func (t *Table) Tick(now time.Time) {
	for range t.due.count() {
		e, ok := t.due.next(now)
		if !ok {
			break
		}
		e.session.tick(now, e.at)
	}
	t.feed(now)
}

// dueQueue is a container/heap that tells each session its place, from 1.
type dueQueue []dueEntry

func (q dueQueue) Len() int           { return len(q) }
func (q dueQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }

func (q dueQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].session.place, q[j].session.place = i+1, j+1
}

func (q *dueQueue) Push(x any) {
	e := x.(dueEntry)
	*q = append(*q, e)
	e.session.place = len(*q)
}

func (q *dueQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = dueEntry{}
	*q = old[:len(old)-1]
	last.session.place = 0
	return last
}
