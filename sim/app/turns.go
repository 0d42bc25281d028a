package app

import (
	"sync"
	"time"

	"mercury-driver/sim/app/desk"
)

// turns steps the desk: what waits, up to a bound, is one turn, and one commit. Under load more waits, so
// that the commits grow and their cost is shared; alone, a step is committed at once.
type turns struct {
	mu      sync.Mutex
	waiting []sized
	closed  bool
	failed  chan struct{} // closed when the desk can not go on
	wake    chan struct{}
}

// step is one thing that the desk has to do.
type step func(*desk.Desk)

// sized is a step with so many events, or none.
type sized struct {
	step
	events int
}

const (
	// Steps, and events, of a turn, which a last batch may go beyond. More events are not stored faster, and while these are,
	// those of the next turn come: they must find room in the credit of their driver.
	longestTurn = 256
	largestTurn = Credit / 8
	tickEvery   = 250 * time.Millisecond
)

func newTurns() *turns {
	return &turns{failed: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// add hands a step over and returns at once; false: there will be no more turns.
func (t *turns) add(s step) bool { return t.addEvents(s, 0) }

// addEvents is add, of a step that takes in so many events.
func (t *turns) addEvents(s step, events int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.waiting = append(t.waiting, sized{s, events})
	select {
	case t.wake <- struct{}{}:
	default:
	}
	return true
}

// close lets run end, once what waits is done.
func (t *turns) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// run owns the desk until close, or until its store fails.
func (t *turns) run(d *desk.Desk) error {
	defer close(t.failed)
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-t.wake:
		case now := <-tick.C:
			// Behind the heartbeats that wait already: they count first.
			t.add(func(d *desk.Desk) { d.Tick(now) })
		}
		steps, closed := t.take()
		for _, s := range steps {
			s.step(d)
		}
		if err := d.Commit(); err != nil {
			t.close()
			return err
		}
		if closed {
			return nil
		}
	}
}

// take is the next turn; what it leaves wakes run again. closed: it was the last one.
func (t *turns) take() (steps []sized, closed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for events := 0; n < min(len(t.waiting), longestTurn) && events < largestTurn; n++ {
		events += t.waiting[n].events
	}
	steps, t.waiting = t.waiting[:n:n], t.waiting[n:]
	if len(t.waiting) > 0 {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
	return steps, t.closed && len(t.waiting) == 0
}
