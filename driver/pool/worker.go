package pool

import (
	"slices"
	"time"

	"mercury-driver/driver/controller"
	"mercury-driver/driver/thread"
)

const (
	// turnLength is how many posts a session may have in a row while others wait.
	turnLength = 16
	// idleLimit is how long a thread waits for work before it ends.
	idleLimit = 10 * time.Second
	// lastWords is what the end of a process takes from a library call that hangs: to notice it, and to report it.
	lastWords = time.Second
	// leastPatience is what every call is given: the watchdog looks each 100 ms.
	leastPatience = 300 * time.Millisecond
)

// posting is the call that the watchdog sees.
var posting = thread.Call{Name: "post"}

// worker is one thread of the pool.
type worker struct {
	name  string
	wake  chan struct{} // gets one element after the worker was taken out of Pool.parked
	round uint64        // of the Pool, plus one, when it was last noticed
}

// work is the life of a thread.
func (p *Pool) work(w *worker) error {
	slot := p.watch.Slot(w.name)
	defer slot.Close()
	finished := true
	for s := p.exchange(w, nil, true); s != nil; s = p.exchange(w, s, finished) {
		finished = p.run(slot, s)
	}
	return nil
}

// run posts what a session has, and reports whether that was all.
func (p *Pool) run(slot *thread.Slot, s session) (finished bool) {
	for range turnLength {
		post, more := s.Next(time.Now())
		if !more {
			return true
		}
		slot.BeginWithin(&posting, patience(post, time.Now()))
		tag, err := p.library.Post(post)
		slot.End()
		p.posts.Add(1)
		s.Posted(time.Now(), post, tag, err)
	}
	return false
}

// patience is how long the library may take over a post; 0: as long as over any other.
func patience(p controller.Post, now time.Time) time.Duration {
	if p.Over.IsZero() {
		return 0
	}
	return max(p.Over.Sub(now)-lastWords, leastPatience)
}

// exchange gives a session back for the next one, and parks while there is none. What it leaves in the queue is watched,
// as the call that comes next may block. It returns nil when the thread is to end.
func (p *Pool) exchange(w *worker, done session, finished bool) (next session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done != nil {
		p.giveBack(done, finished)
	}
	for p.notice(w); len(p.queue) == 0 || p.ended; p.notice(w) {
		if p.ended || !p.park(w) {
			p.threads--
			return nil
		}
	}
	next = p.pop()
	p.watchQueue()
	return next
}

// park waits until the worker is woken, and returns false when it was idle for too long. It lets go of
// the mutex meanwhile.
func (p *Pool) park(w *worker) bool {
	p.parked = append(p.parked, w)
	p.attentive--
	w.round = 0
	p.mu.Unlock()
	idle := time.NewTimer(idleLimit)
	defer idle.Stop()
	select {
	case <-w.wake:
		p.mu.Lock()
		return true
	case <-idle.C:
	}
	p.mu.Lock()
	if i := slices.Index(p.parked, w); i >= 0 {
		p.parked = slices.Delete(p.parked, i, i+1)
		return false
	}
	<-w.wake // it was woken at the last moment
	return true
}
