package fault

import (
	"container/heap"
	"slices"
	"time"
)

// queue gives moments by their time, and those of one time in the order in which they were added.
type queue struct {
	added   int
	moments moments
}

type moments []queued

type queued struct {
	Moment
	place int
}

func (q *queue) add(m Moment) {
	q.added++
	heap.Push(&q.moments, queued{m, q.added})
}

// take takes the first one; there is at least one.
func (q *queue) take() Moment { return heap.Pop(&q.moments).(queued).Moment }

func (q *queue) due() (time.Duration, bool) {
	if len(q.moments) == 0 {
		return 0, false
	}
	return q.moments[0].At, true
}

// remove takes out all of a fault.
func (q *queue) remove(f *running) {
	q.moments = slices.DeleteFunc(q.moments, func(m queued) bool { return m.fault == f })
	heap.Init(&q.moments)
}

// Len, Less, Swap, Push and Pop are for package heap.

func (m moments) Len() int { return len(m) }

func (m moments) Less(i, j int) bool {
	if m[i].At != m[j].At {
		return m[i].At < m[j].At
	}
	return m[i].place < m[j].place
}

func (m moments) Swap(i, j int) { m[i], m[j] = m[j], m[i] }

func (m *moments) Push(x any) { *m = append(*m, x.(queued)) }

func (m *moments) Pop() any {
	last := len(*m) - 1
	x := (*m)[last]
	(*m)[last] = queued{}
	*m = (*m)[:last]
	return x
}
