package thread

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Call is one kind of call into the library. Declare each kind once and pass its address around.
type Call struct {
	// Name is the word that a report uses: "drain", "post", "wait".
	Name string
	// Allowance is how long the call may block on purpose, beyond the watchdog's limit: the longest
	// timeout of a blocking wait, 0 for a call that should come straight back.
	Allowance time.Duration
	// Alive, where it is not nil, is a number that changes within each Allowance while the call goes on as it should: it
	// may then last for ever.
	Alive func() uint64
}

// Hang is a call that did not come back in time.
type Hang struct {
	// Thread is the name that the slot was made with, TID the kernel's number of that thread.
	Thread string
	TID    int
	Call   string
	// Age is how long the call was watched. It began up to a round of Run earlier.
	Age time.Duration
}

// Error names thread, call and age. A hung C call can't be cancelled: what is left to do is to report
// it and to end the process.
func (h Hang) Error() string {
	return fmt.Sprintf("thread %s (tid %d): library call %s has not come back for %v", h.Thread, h.TID, h.Call, h.Age)
}

// Watch knows which call each thread is in. All its methods may run at once.
type Watch struct {
	watching chan struct{} // has the one that Run looks under
	resting  atomic.Bool
	begun    chan struct{} // ends a rest; holds one
	mu       sync.Mutex
	slots    map[*Slot]struct{}
}

// NewWatch returns a Watch over no threads.
func NewWatch() *Watch {
	return &Watch{watching: make(chan struct{}, 1), begun: make(chan struct{}, 1), slots: make(map[*Slot]struct{})}
}

// Slot is one thread's line in a Watch. Its methods belong to that thread.
type Slot struct {
	watch  *Watch
	thread string
	tid    int

	// running is the kind of call that the thread is in, nil for none. The watching side swaps a kind
	// for &mark. The thread's next Begin or End overwrites that, so a mark that is still there in a
	// later round means that the very same call goes on. A call thus costs one store at each end, and
	// reads no clock.
	running atomic.Pointer[Call]
	// patience is the present call's own limit, 0 for Run's. It is set before running is.
	patience atomic.Int64

	// Of the watching goroutine alone: the marked call and its patience, for how long it was watched, and whether it was
	// reported.
	mark     Call
	alive    uint64
	own      time.Duration
	age      time.Duration
	reported bool
}

// Slot registers the calling thread, which must be locked (see Go), under a name for reports.
func (w *Watch) Slot(thread string) *Slot {
	s := &Slot{watch: w, thread: thread, tid: unix.Gettid()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots[s] = struct{}{}
	return s
}

// Close takes the slot out of its Watch; the thread is about to end.
func (s *Slot) Close() {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	delete(s.watch.slots, s)
}

// Begin says that the thread goes into a call of this kind.
func (s *Slot) Begin(kind *Call) { s.BeginWithin(kind, 0) }

// BeginWithin does so for a call that must be back sooner than the watchdog's limit says; where that is sooner still, or
// patience is 0, the limit counts.
func (s *Slot) BeginWithin(kind *Call, patience time.Duration) {
	s.patience.Store(int64(patience))
	s.running.Store(kind)
	if kind.Allowance == 0 && s.watch.resting.Load() {
		s.watch.rouse()
	}
}

// End says that the call came back.
func (s *Slot) End() { s.running.Store(nil) }

const (
	// round is how often Run looks.
	round = 100 * time.Millisecond
	// rest is how often it looks while no call has to be watched: each look of an idle process is a wake-up.
	rest = 10 * round
)

// rouse has Run look each round again.
func (w *Watch) rouse() {
	if w.resting.CompareAndSwap(true, false) {
		select {
		case w.begun <- struct{}{}:
		default: // an earlier one has not been heard yet
		}
	}
}

// Run looks at all slots until ctx ends, and calls onHang, on its own goroutine and once a call, for
// each call that lasts longer than limit (a second or more) plus its kind's allowance, the most overdue first. Age is
// counted in rounds, not read from a clock: when the whole process was stopped or starved for a while, that
// while is no fault of the library's. A second Run waits for the first one's end, or its own, and goes on where that was.
func (w *Watch) Run(ctx context.Context, limit time.Duration, onHang func(Hang)) {
	select {
	case w.watching <- struct{}{}:
		defer func() { <-w.watching }()
	case <-ctx.Done():
		return
	}
	span := round
	next := time.NewTimer(span)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.begun:
			span = round
		case <-next.C:
			for _, hang := range w.look(limit) {
				onHang(hang)
			}
			span = round
			if w.resting.Load() {
				span = Together(rest)
			}
		}
		next.Reset(span)
	}
}

// look is one round over all slots; it returns the calls that are first known to be over their time. Where all may be left
// alone the Watch rests, until a call begins that may not.
func (w *Watch) look(limit time.Duration) (hangs []Hang) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resting.Store(true)
	var late []*Slot
	for s := range w.slots {
		if calm := s.look(); !calm {
			w.resting.Store(false)
		}
		if s.due() >= s.limit(limit) && !s.reported {
			late = append(late, s)
		}
	}
	slices.SortFunc(late, func(a, b *Slot) int { return cmp.Compare(b.due(), a.due()) })
	for _, s := range late {
		s.reported = true
		hangs = append(hangs, Hang{Thread: s.thread, TID: s.tid, Call: s.mark.Name, Age: s.age})
	}
	return hangs
}

func (s *Slot) limit(general time.Duration) time.Duration {
	if s.own == 0 {
		return general
	}
	return min(s.own, general)
}

// due is for how long the call should have been back. One that may wait is given a round more: while it waited,
// the call may have begun that hangs and now holds it up. That one is to be reported first.
func (s *Slot) due() time.Duration {
	if s.mark.Allowance == 0 {
		return s.age
	}
	return s.age - s.mark.Allowance - round
}

// lives reports whether the marked call has said since the last look that it goes on as it should.
func (s *Slot) lives() bool {
	if s.mark.Alive == nil {
		return false
	}
	before := s.alive
	s.alive = s.mark.Alive()
	return s.alive != before
}

// look marks a call that it meets for the first time, and counts the age of one that it knows: in rounds, so one that
// ages is not calm. After a rest that is too little by that.
func (s *Slot) look() (calm bool) {
	switch kind := s.running.Load(); kind {
	case nil:
		s.age, s.reported = 0, false
		return true
	case &s.mark:
		if s.lives() {
			s.age = 0
			return true
		}
		s.age += round
		return false
	default:
		s.mark, s.age, s.reported = *kind, 0, false
		s.running.CompareAndSwap(kind, &s.mark)
		s.own = time.Duration(s.patience.Load()) // of the call that is marked: a later one overwrites the mark
		return kind.Allowance > 0
	}
}
