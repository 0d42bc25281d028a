package spool

import "slices"

// run is transactions of one log with indexes that follow each other, both ends included.
type run struct {
	epoch       uint32
	first, last uint64
}

func (n run) has(epoch uint32, index uint64) bool {
	return n.epoch == epoch && n.first <= index && index <= n.last
}

// runs are what is kept of one controller, in the order it came.
type runs []run

func (r runs) add(epoch uint32, index uint64) runs {
	if n := len(r) - 1; n >= 0 && r[n].epoch == epoch && r[n].last+1 == index {
		r[n].last = index
		return r
	}
	return append(r, run{epoch, index, index})
}

func (r runs) has(epoch uint32, index uint64) bool {
	return slices.ContainsFunc(r, func(n run) bool { return n.has(epoch, index) })
}

// through is the last index that is kept without a hole behind index, or index itself.
func (r runs) through(epoch uint32, index uint64) uint64 {
	for _, n := range r {
		if n.epoch == epoch && n.first <= index+1 && index < n.last {
			index = n.last
		}
	}
	return index
}

// last is the highest index of a log; 0 where there is none.
func (r runs) last(epoch uint32) (index uint64) {
	for _, n := range r {
		if n.epoch == epoch {
			index = max(index, n.last)
		}
	}
	return index
}

// dropFirst forgets the oldest transaction.
func (r runs) dropFirst() runs {
	if r[0].first++; r[0].first > r[0].last {
		return r[1:]
	}
	return r
}
