package uplink

// queue is a FIFO that a stream carries from the front, and whose entries are released in any order
// once they were carried. Each entry has a position, growing by one; a released one leaves an empty slot
// until everything before it is released too.
type queue[T any] struct {
	slots  []slot[T] // a ring; its length is a power of two
	first  uint64    // position of the oldest entry
	unsent uint64    // position of the first that the present stream has not carried
	next   uint64    // position of the next push
	kept   int       // entries that are not released
}

// slot holds an entry, or nothing.
type slot[T any] struct {
	entry T
	kept  bool
}

func (q *queue[T]) slot(position uint64) *slot[T] { return &q.slots[position&uint64(len(q.slots)-1)] }

// at is the entry in a position, nil where that was released. It is valid until the next push or release.
func (q *queue[T]) at(position uint64) *T {
	if s := q.slot(position); s.kept {
		return &s.entry
	}
	return nil
}

// push copies an entry, and returns its position.
func (q *queue[T]) push(entry *T) uint64 {
	if q.next-q.first == uint64(len(q.slots)) {
		q.grow()
	}
	*q.slot(q.next) = slot[T]{*entry, true}
	q.kept++
	q.next++
	return q.next - 1
}

func (q *queue[T]) grow() {
	larger := queue[T]{slots: make([]slot[T], max(2, 2*len(q.slots)))}
	for p := q.first; p < q.next; p++ {
		*larger.slot(p) = *q.slot(p)
	}
	q.slots = larger.slots
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

// release drops an entry, and reports false when the present stream has not carried it.
func (q *queue[T]) release(position uint64) bool {
	if position >= q.unsent {
		return false
	}
	*q.slot(position) = slot[T]{}
	q.kept--
	if q.kept == 0 {
		q.first, q.unsent = q.next, q.next
	}
	for q.first < q.unsent && q.at(q.first) == nil {
		q.first++
	}
	return true
}
