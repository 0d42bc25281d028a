package desk

import (
	"slices"
	"sort"
)

// Run is a run of log indexes, both ends included.
type Run struct{ First, Last uint64 }

// runs are disjoint, ascending, and do not touch. Indexes stay below 2^63.
type runs []Run

// add puts a run in, joining it with those that it meets.
func (r runs) add(n Run) runs {
	from := sort.Search(len(r), func(i int) bool { return r[i].Last+1 >= n.First })
	to := from
	for ; to < len(r) && r[to].First <= n.Last+1; to++ {
		n.First = min(n.First, r[to].First)
		n.Last = max(n.Last, r[to].Last)
	}
	return slices.Replace(r, from, to, n)
}

func (r runs) has(index uint64) bool {
	i := sort.Search(len(r), func(i int) bool { return r[i].Last >= index })
	return i < len(r) && r[i].First <= index
}

// through is the last index of the run that goes on right after index, or index itself.
func (r runs) through(index uint64) uint64 {
	i := sort.Search(len(r), func(i int) bool { return r[i].Last > index })
	if i < len(r) && r[i].First <= index+1 {
		return r[i].Last
	}
	return index
}

// last is the highest index, 0 when there is none.
func (r runs) last() uint64 {
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1].Last
}
