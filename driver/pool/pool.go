// Package pool is the command threads: they hand what the sessions want to tell their controllers to the library, each
// from an OS thread of its own. It knows no command, and never waits for a controller.
//
// Locks: a session calls Ready with its own mutex held; the pool's is held for a moment then, and never when a session is
// called.
package pool

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"mercury-driver/driver/controller"
	"mercury-driver/driver/report"
	"mercury-driver/driver/thread"
)

// Library is what the command threads need of the seam to C.
type Library interface {
	// Post hands one command to the library and returns its tag. Several threads call it at the same
	// time, never two for one controller. It blocks as long as the library does.
	Post(p controller.Post) (tag uint32, err error)
}

// session is a *controller.Session, as the threads see it. One thread at a time runs it.
type session interface {
	Next(now time.Time) (p controller.Post, more bool)
	Posted(now time.Time, p controller.Post, tag uint32, err error)
}

// Pool posts the sessions' commands from at most bound threads, each an OS thread of its own. A thread
// posts and moves on; a library call that blocks holds up its own thread and controller only.
//
// Waking a locked thread costs as much as hundreds of calls into the library. So a session that becomes
// ready wakes one only when no other is about to look at the queue; those take everything that is queued
// before they park. Where the queue does not move for reliefAfter all the same, because library calls block
// or there is too much to do, one more thread comes, and so on: the pool grows with its load. A thread that
// was idle for idleLimit ends.
type Pool struct {
	bound   int
	library Library
	watch   *thread.Watch
	spawn   func(group *errgroup.Group, name string, fn func() error)
	posts   atomic.Uint64
	relief  *time.Timer // runs while watched is set

	mu    sync.Mutex
	group *errgroup.Group // nil before Start, and from the end on
	ended bool

	turns         map[session]turn // of those that are queued or run
	queue         []session
	pushed, taken uint64 // to and from the queue, ever

	threads, started int
	parked           []*worker // the last one parked last
	attentive        int       // threads that are about to look at the queue, as far as is known
	round            uint64    // grows whenever that turns out to be wrong
	watched          bool
	mark             uint64 // pushed, when the relief timer was started
}

// turn is where a session stands.
type turn int

const (
	queued turn = iota + 1
	running
	runningReady // it became ready again meanwhile, so another turn follows
)

// New prepares a pool; Start lets it work.
func New(bound int, library Library, watch *thread.Watch) *Pool {
	p := &Pool{
		bound: bound, library: library, watch: watch, spawn: thread.Go,
		turns: make(map[session]turn), relief: time.NewTimer(reliefAfter),
	}
	p.relief.Stop()
	return p
}

// Start lets the pool work in group until ctx ends. What is queued then is not posted; a thread that is
// in a library call ends behind it.
func (p *Pool) Start(ctx context.Context, group *errgroup.Group) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.group = group
	group.Go(report.Guard("muster", func() error {
		p.muster(ctx)
		return nil
	}))
	p.attract()
}

// Ready says that a session has something to post. It never blocks, and may be called again and again.
func (p *Pool) Ready(s *controller.Session) { p.ready(s) }

func (p *Pool) ready(s session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.turns[s] {
	case 0:
		p.push(s)
		p.attract()
	case running:
		p.turns[s] = runningReady
	}
}

func (p *Pool) push(s session) {
	p.turns[s] = queued
	p.queue = append(p.queue, s)
	p.pushed++
}

func (p *Pool) pop() session {
	s := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	p.taken++
	p.turns[s] = running
	return s
}

// giveBack ends a session's turn; one that has not finished queues up again.
func (p *Pool) giveBack(s session, finished bool) {
	if !finished || p.turns[s] == runningReady {
		p.push(s)
		return
	}
	delete(p.turns, s)
}

// Stats is a picture of a Pool.
type Stats struct {
	Threads int    // that exist
	Parked  int    // of them without work
	Queued  int    // controllers that wait for a thread
	Posts   uint64 // handed to the library
}

// Stats may be called at any time.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Threads: p.threads, Parked: len(p.parked), Queued: len(p.queue), Posts: p.posts.Load()}
}
