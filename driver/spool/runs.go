package spool

import (
	"cmp"
	"slices"

	"mercury-driver/driver/encoded"
)

// run is transactions of one log with indexes that follow each other, both ends included; or one gap in a log.
type run struct {
	epoch       uint32
	first, last uint64
	gap         bool // one entry, whatever its ends are
}

func runOf(ev *encoded.Event) run {
	if g := ev.Gap(); g != nil {
		return run{ev.LogEpoch, g.First, g.Last, true}
	}
	return run{ev.LogEpoch, ev.Index, ev.Index, false}
}

// compare tells which of two begins first in a controller's log.
func (r run) compare(other run) int {
	return cmp.Or(cmp.Compare(r.epoch, other.epoch), cmp.Compare(r.first, other.first))
}

// inLogOrder compares events by controller, and by where they end in its log: a gap comes behind what it is over.
func inLogOrder(a, b encoded.Event) int {
	p, q := runOf(&a), runOf(&b)
	return cmp.Or(cmp.Compare(a.Serial, b.Serial), cmp.Compare(p.epoch, q.epoch),
		cmp.Compare(p.last-1, q.last-1)) // a gap without end comes last
}

// has reports whether an entry, as runOf has it, is in the run.
func (r run) has(entry run) bool {
	if r.gap || entry.gap {
		return r == entry
	}
	return r.epoch == entry.epoch && r.first <= entry.first && entry.first <= r.last
}

// entries is how many it is.
func (r run) entries() uint64 {
	if r.gap {
		return 1
	}
	return r.last - r.first + 1
}

// runs are what is kept of one controller, in the order it came.
type runs []run

func (r runs) add(entry run) runs {
	if n := len(r) - 1; n >= 0 && !r[n].gap && !entry.gap && r[n].epoch == entry.epoch && r[n].last+1 == entry.first {
		r[n].last = entry.last
		return r
	}
	return append(r, entry)
}

func (r runs) has(entry run) bool {
	return slices.ContainsFunc(r, func(n run) bool { return n.has(entry) })
}

// above is which of them is the first with transactions of the same log that come behind a missing one; -1: there is none.
func (r runs) above(missing run) int {
	return slices.IndexFunc(r, func(n run) bool { return !n.gap && n.epoch == missing.epoch && missing.first < n.last })
}

// from is the part of a log that is kept first from an index on, both ends included; zeroes where there is none.
func (r runs) from(epoch uint32, index uint64) (first, last uint64) {
	for _, n := range r {
		if !n.gap && n.epoch == epoch && index <= n.last && (first == 0 || n.first < first) {
			first, last = max(n.first, index), n.last
		}
	}
	return first, last
}

// overlaps reports whether some of what a gap says to be missing is kept.
func (r runs) overlaps(gap run) bool {
	first, _ := r.from(gap.epoch, gap.first)
	return gap.gap && first != 0 && (gap.last == 0 || first <= gap.last)
}

// entries is how many they are together.
func (r runs) entries() (all uint64) {
	for _, n := range r {
		all += n.entries()
	}
	return all
}

// through is the last index that is kept without a hole behind index, or index itself.
func (r runs) through(epoch uint32, index uint64) uint64 {
	for _, n := range r {
		if !n.gap && n.epoch == epoch && n.first <= index+1 && index < n.last {
			index = n.last
		}
	}
	return index
}

// last is the highest index of a log; 0 where there is none.
func (r runs) last(epoch uint32) (index uint64) {
	for _, n := range r {
		if !n.gap && n.epoch == epoch {
			index = max(index, n.last)
		}
	}
	return index
}

// dropFirst forgets the oldest entry.
func (r runs) dropFirst() runs {
	if r[0].entries() == 1 {
		return r[1:]
	}
	r[0].first++
	return r
}
