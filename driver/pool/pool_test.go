package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/report"
	"mercury-driver/driver/thread"
)

// fakeSession is a session that has so many posts to make, and checks how it is treated.
type fakeSession struct {
	t    testing.TB
	key  controller.Key
	busy atomic.Bool // between Next and Posted

	mu     sync.Mutex
	left   int
	next   uint32
	posted func(tag uint32)
	dry    func() // called by Next when there is nothing left
}

func (s *fakeSession) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left += n
}

func (s *fakeSession) Next(time.Time) (controller.Post, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy.Load() {
		s.t.Error("two threads run one session")
	}
	if s.left == 0 {
		if s.dry != nil {
			s.dry()
		}
		return controller.Post{}, false
	}
	s.left--
	s.next++
	s.busy.Store(true)
	return controller.Post{Key: s.key, Command: scp.Command{Target: int16(s.next)}}, true
}

func (s *fakeSession) Posted(_ time.Time, p controller.Post, tag uint32, err error) {
	if !s.busy.Swap(false) {
		s.t.Error("Posted without Next")
	}
	if p.Key != s.key || err != nil {
		s.t.Errorf("posted %v, %v", p, err)
	}
	if s.posted != nil {
		s.posted(tag)
	}
}

// library is called by the pool; its tags are the numbers of the posts.
type library func(p controller.Post)

func (l library) Post(p controller.Post) (uint32, error) {
	l(p)
	return uint32(p.Command.Target), nil
}

// startPool starts a pool that ends with the test.
func startPool(t testing.TB, bound int, l Library) *Pool {
	p := New(bound, l, thread.NewWatch())
	ctx, cancel := context.WithCancel(context.Background())
	var group errgroup.Group
	p.Start(ctx, &group)
	t.Cleanup(func() {
		cancel()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		if stats := p.Stats(); stats.Threads != 0 {
			t.Errorf("at the end: %+v", stats)
		}
	})
	return p
}

// atRest waits until all threads are parked, and checks the pool's books.
func atRest(t testing.TB, p *Pool) {
	t.Helper()
	eventually(t, "the pool is at rest", 5*time.Second, func() bool {
		stats := p.Stats()
		return stats.Parked == stats.Threads && stats.Queued == 0
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attentive != 0 || len(p.turns) != 0 || p.pushed != p.taken {
		t.Errorf("%d are attentive, %d sessions kept, %d of %d taken", p.attentive, len(p.turns), p.taken, p.pushed)
	}
	for _, w := range p.parked {
		if len(w.wake) > 0 {
			t.Error("a thread is parked and woken")
		}
	}
}

func TestEveryPostIsMadeOnceAndInOrder(t *testing.T) {
	const sessions, rounds = 50, 200
	p := startPool(t, 8, library(func(controller.Post) {}))
	var made atomic.Int64
	all := make([]*fakeSession, sessions)
	for i := range all {
		var last uint32
		all[i] = &fakeSession{t: t, key: controller.Key{SCP: int16(i)}, posted: func(tag uint32) {
			if tag != last+1 {
				t.Errorf("session %d: %d after %d", i, tag, last)
			}
			last = tag
			made.Add(1)
		}}
	}
	var tellers sync.WaitGroup
	for teller := range 4 {
		tellers.Go(func() {
			for range rounds {
				for _, s := range all {
					s.add(teller)
					p.ready(s)
				}
			}
		})
	}
	tellers.Wait()
	const want = sessions * rounds * (0 + 1 + 2 + 3)
	eventually(t, "all posts are made", 10*time.Second, func() bool { return made.Load() == want })
	atRest(t, p)
	if p.Stats().Posts != want {
		t.Errorf("%+v", p.Stats())
	}
}

// Library calls that block hold up their own threads and nobody else: the first session behind them waits
// for the relief, later ones don't wait at all.
func TestBlockedCallsHoldUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 5
		release := make(chan struct{})
		unblock := sync.OnceFunc(func() { close(release) })
		var blocked, made atomic.Int64
		p := startPool(t, bound, library(func(post controller.Post) {
			if post.Key.SCP < 0 {
				blocked.Add(1)
				<-release
			}
		}))
		t.Cleanup(unblock)
		for i := range bound - 1 {
			p.ready(&fakeSession{t: t, key: controller.Key{SCP: int16(-1 - i)}, left: 1})
		}
		time.Sleep(bound * reliefAfter)
		if blocked.Load() != bound-1 {
			t.Fatalf("%d threads are blocked", blocked.Load())
		}
		for round := range 100 {
			p.ready(&fakeSession{t: t, left: 1, posted: func(uint32) { made.Add(1) }})
			if round == 0 {
				time.Sleep(reliefAfter)
			}
			if synctest.Wait(); made.Load() != int64(round+1) {
				t.Fatalf("the session of round %d has to wait", round)
			}
		}
		p.ready(&fakeSession{t: t, key: controller.Key{SCP: -100}, left: 1})
		p.ready(&fakeSession{t: t, left: 1, posted: func(uint32) { made.Add(1) }})
		time.Sleep(time.Minute)
		if stats := p.Stats(); stats.Threads != bound || stats.Queued != 1 || blocked.Load() != bound {
			t.Errorf("%+v, the bound is %d", stats, bound)
		}
		unblock()
		if synctest.Wait(); made.Load() != 101 {
			t.Error("the last one is not posted")
		}
		atRest(t, p)
	})
}

// Both sessions are left to the thread that the first of them brought, and it does not come back for the second.
func TestWhatIsLeftBehindABlockedCallIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var made atomic.Int64
		p := New(2, library(func(post controller.Post) {
			if post.Key.SCP == 0 {
				<-release
			}
		}), thread.NewWatch())
		for i := range int16(2) {
			p.ready(&fakeSession{t: t, key: controller.Key{SCP: i}, left: 1, posted: func(uint32) { made.Add(1) }})
		}
		ctx, cancel := context.WithCancel(t.Context())
		var group errgroup.Group
		p.Start(ctx, &group)
		time.Sleep(reliefAfter)
		if synctest.Wait(); made.Load() != 1 {
			t.Error("the second session waits for the first one's call")
		}
		close(release)
		synctest.Wait()
		atRest(t, p)
		cancel()
		_ = group.Wait()
	})
}

// A timer is one more goroutine to be woken for each command.
func TestOneCommandForAnIdlePoolNeedsNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, 2, library(func(controller.Post) {}))
		for range 3 {
			p.ready(&fakeSession{t: t, left: 1})
			if p.mu.Lock(); p.watched {
				t.Error("the queue is watched")
			}
			p.mu.Unlock()
			synctest.Wait()
		}
		atRest(t, p)
	})
}

// A session may become ready just when its thread has found it empty.
func TestReadyAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, 2, library(func(controller.Post) {}))
		s := &fakeSession{t: t, left: 1}
		s.dry = func() {
			if s.next < 10 {
				s.left++
				p.ready(s)
			}
		}
		p.ready(s)
		synctest.Wait()
		if got := p.Stats().Posts; got != 10 {
			t.Errorf("%d posts", got)
		}
		atRest(t, p)
	})
}

// A session that never runs dry must not keep others from the only thread.
func TestTurnsAreShared(t *testing.T) {
	var order []int16
	p := New(1, library(func(post controller.Post) { order = append(order, post.Key.SCP) }), thread.NewWatch())
	var made atomic.Int64
	count := func(uint32) { made.Add(1) }
	p.ready(&fakeSession{t: t, key: controller.Key{SCP: 1}, left: 3 * turnLength, posted: count})
	p.ready(&fakeSession{t: t, key: controller.Key{SCP: 2}, left: 1, posted: count})
	ctx, cancel := context.WithCancel(context.Background())
	var group errgroup.Group
	p.Start(ctx, &group) // what was ready before is not forgotten
	eventually(t, "all is posted", 5*time.Second, func() bool { return made.Load() == 3*turnLength+1 })
	cancel()
	_ = group.Wait()
	if order[turnLength] != 2 {
		t.Errorf("the second session came after %v", order)
	}
}

// One thread does for quick calls, however many sessions are ready.
func TestQuickCallsNeedOneThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, 20, library(func(controller.Post) {}))
		for range 200 {
			for i := range 20 {
				p.ready(&fakeSession{t: t, key: controller.Key{SCP: int16(i)}, left: 1})
			}
			synctest.Wait()
		}
		if stats := p.Stats(); stats.Threads != 1 || stats.Posts != 200*20 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestIdleThreadsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := startPool(t, 3, library(func(controller.Post) { <-release }))
		for range 3 {
			p.ready(&fakeSession{t: t, left: 1})
		}
		eventually(t, "three threads are busy", time.Second, func() bool {
			stats := p.Stats()
			return stats.Threads == 3 && stats.Parked == 0 && stats.Queued == 0
		})
		time.Sleep(time.Minute) // busy is not idle, however long
		close(release)
		work := &fakeSession{t: t}
		for range 2 * int(idleLimit/time.Second) { // work for one thread, so it stays
			time.Sleep(time.Second)
			work.add(1)
			p.ready(work)
		}
		if stats := p.Stats(); stats.Threads != 1 || stats.Posts != 3+2*10-1 && stats.Posts != 3+2*10 {
			t.Errorf("after a while with little to do: %+v", stats)
		}
		time.Sleep(idleLimit + time.Second)
		if stats := p.Stats(); stats.Threads != 0 {
			t.Errorf("after a while with nothing to do: %+v", stats)
		}
		work.add(1)
		p.ready(work)
		eventually(t, "a new thread posts", time.Second, func() bool { return p.posts.Load() == 3+2*10+1 })
	})
}

// A thread may be woken at the very moment at which it was idle for long enough to end.
func TestWokenAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, 2, library(func(controller.Post) {}))
		s := &fakeSession{t: t}
		for round := range uint64(500) {
			s.add(1)
			p.ready(s)
			synctest.Wait()
			if got := p.Stats().Posts; got != round+1 {
				t.Fatalf("%d posts in round %d", got, round)
			}
			time.Sleep(idleLimit)
		}
		atRest(t, p)
	})
}

func TestPanicInAThreadEndsItsGroup(t *testing.T) {
	p := New(1, library(func(controller.Post) { panic("boom") }), thread.NewWatch())
	group, ctx := errgroup.WithContext(context.Background())
	p.Start(ctx, group)
	p.ready(&fakeSession{t: t, left: 1})
	var panicked *report.Panic
	if err := group.Wait(); !errors.As(err, &panicked) || panicked.Value != "boom" {
		t.Errorf("the group ended with %v", err)
	}
}
