package core

import (
	"sync"
	"time"

	"mercury-driver/cvendor/scp"
)

const (
	// queueLimit is how many messages may wait before links stop being read. The window of each
	// controller bounds them as well, but thousands of windows are more than one process should keep.
	queueLimit = 1 << 14
	chunkSize  = 256
)

type entry struct {
	link    *Link
	message scp.Message
}

// chunk is a piece of the queue; pooled, so that an idle library keeps none.
type chunk struct {
	entries [chunkSize]entry
	n       int
	next    *chunk
}

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// queue carries messages from many links to the one thread of GetMessage, which takes whole
// chunks: one lock for up to chunkSize messages. push always succeeds; who is about to hand in bytes asks
// room first, so that the limit holds but for what one read brings.
type queue struct {
	mu          sync.Mutex
	first, last *chunk
	length      int
	waiting     bool // the thread of GetMessage, for ready
	ready       chan struct{}
	stalled     sync.Cond // room came, or a link ended

	// The thread of GetMessage: the chunk it empties.
	taken *chunk
	next  int
}

func (q *queue) init() {
	q.ready = make(chan struct{}, 1)
	q.stalled.L = &q.mu
}

func (q *queue) push(l *Link, m *scp.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.last == nil || q.last.n == chunkSize {
		q.grow()
	}
	q.last.entries[q.last.n] = entry{l, *m}
	q.last.n++
	q.length++
	if q.waiting {
		q.waiting = false
		q.ready <- struct{}{}
	}
}

func (q *queue) grow() {
	c := chunks.Get().(*chunk)
	if q.last == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
}

// pop takes the oldest message and returns its link; nil: there is none.
func (q *queue) pop(m *scp.Message) *Link {
	if q.taken == nil && !q.refill() {
		return nil
	}
	e := &q.taken.entries[q.next]
	*m = e.message
	l := e.link
	q.next++
	if q.next == q.taken.n {
		q.taken.recycle()
		q.taken, q.next = nil, 0
	}
	return l
}

func (q *queue) refill() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.first == nil {
		return false
	}
	q.taken = q.first
	q.first = q.taken.next
	if q.first == nil {
		q.last = nil
	}
	before := q.length
	q.length -= q.taken.n
	if before > queueLimit/2 && q.length <= queueLimit/2 {
		q.stalled.Broadcast() // late, so that each that wakes can go on for a while
	}
	return true
}

// recycle gives the chunk back, empty: it must not keep links alive that have ended.
func (c *chunk) recycle() {
	clear(c.entries[:c.n])
	c.n, c.next = 0, nil
	chunks.Put(c)
}

// wait blocks until there is a message or the time is over.
func (q *queue) wait(timeout time.Duration) bool {
	q.mu.Lock()
	q.waiting = q.taken == nil && q.first == nil
	idle := q.waiting
	q.mu.Unlock()
	if !idle {
		return true
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-q.ready:
		return true
	case <-timer.C:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting {
		q.waiting = false
		return false
	}
	<-q.ready // it came together with the end of the time
	return true
}

func (q *queue) room() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.length < queueLimit
}

// awaitRoom blocks until there is room, or the link has ended.
func (q *queue) awaitRoom(l *Link) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.length >= queueLimit && !l.ended.Load() {
		q.stalled.Wait()
	}
}

func (q *queue) wakeStalled() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stalled.Broadcast()
}
