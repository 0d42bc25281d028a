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
	ticket  int
}

// add enters a session, or moves it from where it stands. It reports whether that is sooner than Due has said.
func (d *dueList) add(s *Session, at time.Time) (sooner bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.ticket > 0 {
		place := d.queue.places[s.ticket]
		d.queue.entries[place].at = at
		heap.Fix(&d.queue, place)
	} else {
		s.ticket = d.queue.issue()
		heap.Push(&d.queue, dueEntry{at, s, s.ticket})
	}
	if sooner = at.Before(d.asked); sooner {
		d.asked = at
	}
	return sooner
}

// remove takes out a session that nothing is due in any more.
func (d *dueList) remove(s *Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.ticket > 0 {
		heap.Remove(&d.queue, d.queue.places[s.ticket])
		s.ticket = 0
	}
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
	return d.queue.Len()
}

// next takes a session whose time has come.
func (d *dueList) next(now time.Time) (dueEntry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.queue.Len() == 0 || d.queue.entries[0].at.After(now) {
		return dueEntry{}, false
	}
	e := heap.Pop(&d.queue).(dueEntry)
	e.session.ticket = 0
	return e, true
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
	if d.queue.Len() > 0 && d.queue.entries[0].at.Before(d.asked) {
		d.asked = d.queue.entries[0].at
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

// dueQueue is a container/heap that knows the place of each entry by its ticket. Were that noted in the sessions, each move
// in the heap would fetch two of them into the cache.
type dueQueue struct {
	entries []dueEntry
	places  []int // by ticket; nobody has ticket 0
	free    []int // tickets that were given back
}

func (q *dueQueue) issue() (ticket int) {
	if n := len(q.free); n > 0 {
		ticket, q.free = q.free[n-1], q.free[:n-1]
		return ticket
	}
	if len(q.places) == 0 {
		q.places = append(q.places, 0)
	}
	q.places = append(q.places, 0)
	return len(q.places) - 1
}

func (q *dueQueue) Len() int           { return len(q.entries) }
func (q *dueQueue) Less(i, j int) bool { return q.entries[i].at.Before(q.entries[j].at) }

func (q *dueQueue) Swap(i, j int) {
	q.entries[i], q.entries[j] = q.entries[j], q.entries[i]
	q.places[q.entries[i].ticket], q.places[q.entries[j].ticket] = i, j
}

func (q *dueQueue) Push(x any) {
	e := x.(dueEntry)
	q.places[e.ticket] = len(q.entries)
	q.entries = append(q.entries, e)
}

func (q *dueQueue) Pop() any {
	last := len(q.entries) - 1
	e := q.entries[last]
	q.entries[last] = dueEntry{}
	q.entries = q.entries[:last]
	q.free = append(q.free, e.ticket)
	return e
}
