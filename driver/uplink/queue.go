package uplink

import (
	"iter"
	"math/bits"
	"sort"
)

// queue is a FIFO that a stream carries from the front, and whose entries are released in any order
// once they were carried. Each entry has a position, growing by one. A released one leaves an empty slot
// until everything before it is released too, or the ring is full: then it is made anew, of what is kept. So an entry that
// can't be released for long costs no more than itself, however many pass behind it.
type queue[T any] struct {
	slots    []slot[T] // a ring; its length is a power of two
	first    uint64    // slot of the oldest entry; this and the next two count on where the ring ends
	unsent   uint64    // the first that the present stream has not carried
	next     uint64    // that of the next push
	kept     int       // entries that are not released
	position uint64    // of the next push
}

// slot holds an entry, or nothing where that was released.
type slot[T any] struct {
	entry    T
	position uint64
	kept     bool
}

func (q *queue[T]) slot(i uint64) *slot[T] { return &q.slots[i&uint64(len(q.slots)-1)] }

// at is the entry in a slot, nil where that is empty. It is valid until the next push or release.
func (q *queue[T]) at(i uint64) *T {
	if s := q.slot(i); s.kept {
		return &s.entry
	}
	return nil
}

// all is the entries that are kept, in their order. They are valid as in at.
func (q *queue[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := q.first; i < q.next; i++ {
			if entry := q.at(i); entry != nil && !yield(entry) {
				return
			}
		}
	}
}

// push copies an entry, and returns its position.
func (q *queue[T]) push(entry *T) uint64 {
	if q.next-q.first == uint64(len(q.slots)) {
		q.renew()
	}
	*q.slot(q.next) = slot[T]{*entry, q.position, true}
	q.kept++
	q.next++
	q.position++
	return q.position - 1
}

// renew makes a ring of what is kept, and of room for as much again: a larger one, or one without empty slots.
func (q *queue[T]) renew() {
	old := *q
	q.slots = make([]slot[T], 2<<bits.Len(uint(max(0, q.kept-1))))
	q.first, q.unsent, q.next = 0, 0, 0
	for i := old.first; i < old.next; i++ {
		if s := old.slot(i); s.kept {
			*q.slot(q.next) = *s
			q.next++
			if i < old.unsent {
				q.unsent++
			}
		}
	}
}

// head is the next entry to carry, nil when there is none. It is valid as in at.
func (q *queue[T]) head() *T {
	for ; q.unsent < q.next; q.unsent++ {
		if entry := q.at(q.unsent); entry != nil {
			return entry
		}
	}
	return nil
}

// carried marks the head as carried by the present stream.
func (q *queue[T]) carried() { q.unsent++ }

// rewind makes everything that is kept be carried again.
func (q *queue[T]) rewind() { q.unsent = q.first }

// release drops the entry of a position, and reports false when it is not kept, or the present stream has not carried it.
func (q *queue[T]) release(position uint64) bool {
	i := q.first + uint64(sort.Search(int(q.unsent-q.first), func(n int) bool {
		return q.slot(q.first+uint64(n)).position >= position
	}))
	if i == q.unsent || q.at(i) == nil || q.slot(i).position != position {
		return false
	}
	q.empty(i)
	return true
}

// empty drops the entry in a slot, which the present stream has carried.
func (q *queue[T]) empty(i uint64) {
	s := q.slot(i)
	*s = slot[T]{position: s.position}
	q.kept--
	if q.kept == 0 {
		q.first, q.unsent = q.next, q.next
	}
	for q.first < q.unsent && q.at(q.first) == nil {
		q.first++
	}
}
