package uplink

import (
	"container/heap"
	"context"
	"sync"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// maxCalls is how many questions are before the vendor app at once: a building whose power comes back
// must not ask for 5,000 controllers in one breath. An app answers as many with one commit, behind the events that it has
// read: with fewer at once, controllers wait long for one that stores a backlog.
const maxCalls = 256

// gap is the time between two questions, of which maxCalls may be put at once: 1,500 controllers a second, so that a crowd
// that comes back leaves half of a core to those that are served.
const gap = time.Second / 1500

// Admissions is the controllers that wait to be admitted. A question is put while a stream is up, and
// put again until it has a verdict or is cancelled; each ends in one call of Handler.Admitted. All
// methods may be called at the same time; none blocks.
type Admissions[K comparable] struct {
	jitter func() float64

	mu        sync.Mutex
	wake      bell // for who puts the questions
	dropWake  bell // for who reports the cancelled ones
	up        bool
	calls     int
	paced     time.Time // when the next question would be due, were there a gap before each
	number    uint64
	asked     map[K]*Question[K]
	waiting   schedule[K]
	cancelled []K // dropped before they were put
}

// Question is one controller put before the vendor app.
type Question[K comparable] struct {
	Key     K
	Request *pb.AdmitRequest

	dropped context.Context // ends when the question is cancelled
	drop    context.CancelFunc
	number  uint64 // in the order of asking
	backoff backoff
	due     time.Time
	place   int // in the schedule, -1 while it is put
}

func newAdmissions[K comparable](jitter func() float64) *Admissions[K] {
	return &Admissions[K]{jitter: jitter, wake: newBell(), dropWake: newBell(), asked: make(map[K]*Question[K])}
}

// Admit asks for one attachment of a controller. A key is asked again only after its answer.
func (a *Admissions[K]) Admit(key K, req *pb.AdmitRequest) {
	q := &Question[K]{Key: key, Request: req}
	q.dropped, q.drop = context.WithCancel(context.Background())
	a.mu.Lock()
	defer a.mu.Unlock()
	a.number++
	q.number = a.number
	a.asked[key] = q
	heap.Push(&a.waiting, q)
	a.wake.ring()
}

// Cancel drops a question. One that is before the app is called off, and ends with what the app made
// of that.
func (a *Admissions[K]) Cancel(key K) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.asked[key]
	if q == nil {
		return
	}
	q.drop()
	if q.place >= 0 {
		heap.Remove(&a.waiting, q.place)
		delete(a.asked, key)
		a.cancelled = append(a.cancelled, key)
		a.dropWake.ring()
	}
}

// Pending is how many questions have no answer yet.
func (a *Admissions[K]) Pending() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

// Next is a question to put now, or nil and when to ask again (zero: when woken). Answered must follow.
func (a *Admissions[K]) Next(now time.Time) (*Question[K], time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.up || a.calls >= maxCalls || len(a.waiting) == 0 {
		return nil, time.Time{}
	}
	due := a.waiting[0].due
	if enough := a.paced.Add(-(maxCalls - 1) * gap); enough.After(due) {
		due = enough
	}
	if now.Before(due) {
		return nil, due
	}
	a.calls++
	if a.paced.Before(now) {
		a.paced = now
	}
	a.paced = a.paced.Add(gap)
	return heap.Pop(&a.waiting).(*Question[K]), time.Time{}
}

// Answered takes what became of a question that was put, nil for a verdict, and reports whether that
// ends it; else it waits for its next turn.
func (a *Admissions[K]) Answered(now time.Time, q *Question[K], err error) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls--
	a.wake.ring()
	if err != nil && q.dropped.Err() == nil {
		q.due = now.Add(q.backoff.next(a.jitter()))
		heap.Push(&a.waiting, q)
		return false
	}
	q.drop()
	delete(a.asked, q.Key)
	return true
}

// Cancelled takes out the keys of questions that were cancelled before they were put; their Admitted
// is owed.
func (a *Admissions[K]) Cancelled() []K {
	a.mu.Lock()
	defer a.mu.Unlock()
	keys := a.cancelled
	a.cancelled = nil
	return keys
}

// open lets questions be put; what waits after a failure is not kept waiting by an old stream's.
func (a *Admissions[K]) open() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.up = true
	for _, q := range a.waiting {
		q.backoff.reset()
		q.due = time.Time{}
	}
	heap.Init(&a.waiting)
	a.wake.ring()
}

func (a *Admissions[K]) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.up = false
}
