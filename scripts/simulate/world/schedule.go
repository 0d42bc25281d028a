package world

import (
	"container/heap"
	"time"
)

// event is one step that is to happen at a moment of true time. The host it happens on may be stopped, then it
// happens when that goes on, or dead, then it never does.
type event struct {
	at   time.Duration
	turn uint64 // events of one moment happen in the order in which they were entered
	host *host  // nil: nobody's, as a network's
	what string
	do   func()
}

// schedule is all events to come, as a container/heap.
type schedule []*event

func (s schedule) Len() int { return len(s) }

func (s schedule) Less(i, j int) bool {
	if s[i].at == s[j].at {
		return s[i].turn < s[j].turn
	}
	return s[i].at < s[j].at
}

func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

func (s *schedule) Push(x any) { *s = append(*s, x.(*event)) }

func (s *schedule) Pop() any {
	last := len(*s) - 1
	e := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return e
}

// after enters a step.
func (w *World) after(d time.Duration, on *host, what string, do func()) {
	w.turn++
	heap.Push(&w.schedule, &event{w.now + max(d, 0), w.turn, on, what, do})
}

// each enters a step that comes again and again, until its host dies.
func (w *World) each(interval time.Duration, on *host, what string, do func()) {
	var again func()
	again = func() {
		do()
		w.after(interval, on, what, again)
	}
	w.after(w.upTo(interval), on, what, again)
}

// step takes the next event; time passes until then.
func (w *World) step() {
	e := heap.Pop(&w.schedule).(*event)
	if e.host != nil && !e.host.up {
		return
	}
	w.now = max(w.now, e.at)
	if e.host != nil && w.now < e.host.stoppedUntil {
		e.at = e.host.stoppedUntil
		heap.Push(&w.schedule, e)
		return
	}
	w.steps++
	w.note(e)
	e.do()
}
