package thread

import (
	"context"
	"fmt"
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
}

// Hang is a call that did not come back in time.
type Hang struct {
	// Thread is the name that the slot was made with, TID the kernel's number of that thread.
	Thread string
	TID    int
	Call   string
	// Age is how long the call was watched. It began up to a twentieth of the limit earlier.
	Age time.Duration
}

// Error names thread, call and age. A hung C call can't be cancelled: what is left to do is to report
// it and to end the process.
func (h Hang) Error() string {
	return fmt.Sprintf("thread %s (tid %d): library call %s has not come back for %v", h.Thread, h.TID, h.Call, h.Age)
}

// Watch knows which call each thread is in. All its methods may run at once.
type Watch struct {
	watching sync.Mutex // held by Run
	mu       sync.Mutex
	slots    map[*Slot]struct{}
}

// NewWatch returns a Watch over no threads.
func NewWatch() *Watch { return &Watch{slots: make(map[*Slot]struct{})} }

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

	// Of the watching goroutine alone: the marked call, and the rounds since it was marked.
	mark   Call
	rounds int
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
func (s *Slot) Begin(kind *Call) { s.running.Store(kind) }

// End says that the call came back.
func (s *Slot) End() { s.running.Store(nil) }

// roundsPerLimit is how often a call is looked at before it counts as hung.
const roundsPerLimit = 20

// Run looks at all slots until ctx ends, and calls onHang, on its own goroutine and once a call, for
// each call that lasts longer than limit (1 ms or more) plus its kind's allowance. Age is counted in
// rounds, not read from a clock: when the whole process was stopped or starved for a while, that
// while is no fault of the library's. A second Run waits for the first one's end, and counts anew.
func (w *Watch) Run(ctx context.Context, limit time.Duration, onHang func(Hang)) {
	w.watching.Lock()
	defer w.watching.Unlock()
	w.forget()
	round := limit / roundsPerLimit
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, hang := range w.look(round, limit) {
				onHang(hang)
			}
		}
	}
}

// forget lets all calls begin now.
func (w *Watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.slots {
		s.rounds = 0
	}
}

// look is one round over all slots; it returns the calls that went over their time in this round.
func (w *Watch) look(round, limit time.Duration) (hangs []Hang) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.slots {
		age := s.look(round)
		if allowed := limit + s.mark.Allowance; age >= allowed && age-round < allowed {
			hangs = append(hangs, Hang{Thread: s.thread, TID: s.tid, Call: s.mark.Name, Age: age})
		}
	}
	return hangs
}

// look marks a call that it meets for the first time, and returns the age of one that it knows.
func (s *Slot) look(round time.Duration) time.Duration {
	kind := s.running.Load()
	switch kind {
	case nil:
		return 0
	case &s.mark:
		s.rounds++
		return time.Duration(s.rounds) * round
	}
	s.mark, s.rounds = *kind, 0
	s.running.CompareAndSwap(kind, &s.mark)
	return 0
}
