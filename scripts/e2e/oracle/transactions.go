package oracle

// judgeTransactions compares the two ends entry by entry: each must be there once, and be the same.
func (v *Verdict) judgeTransactions(logged, stored []transaction) {
	arrived := make(map[name]transaction, len(stored))
	for _, t := range stored {
		if _, twice := arrived[t.name]; twice {
			v.fault("%v: the app has it twice", t.name)
		}
		arrived[t.name] = t
	}
	for _, t := range logged {
		got, ok := arrived[t.name]
		switch {
		case !ok:
			v.fault("%v: the panel logged %s, the app does not have it", t.name, t.kind)
		case got != t:
			v.fault("%v: the panel logged %s %s at %d, the app has %s %s at %d",
				t.name, t.kind, t.body, t.timeNS, got.kind, got.body, got.timeNS)
		}
		delete(arrived, t.name)
	}
	for name, t := range arrived {
		v.fault("%v: the app has %s, no panel logged it", name, t.kind)
	}
}

// judgeOrder asks that each controller's transactions were stored in the order of its log. One may come late
// when it had been reported missing.
func (v *Verdict) judgeOrder(a *app) {
	newest := make(map[uint64]name)
	for _, t := range a.events {
		last, any := newest[t.serial]
		switch {
		case !any || last.precedes(t.name):
			newest[t.serial] = t.name
		case !a.reportedMissing(t.name):
			v.fault("%v: stored after index %d of epoch %d", t.name, last.index, last.epoch)
		}
	}
}

func (a *app) reportedMissing(n name) bool {
	for _, g := range a.gaps {
		if g.covers(n) {
			return true
		}
	}
	return false
}

// judgeGaps asks that all that was reported missing came after all, and that nothing was dropped.
func (v *Verdict) judgeGaps(a *app) {
	if a.lost > 0 {
		v.fault("the drivers say %d times that they dropped reports", a.lost)
	}
	stored := make(map[name]bool, len(a.events))
	for _, t := range a.events {
		stored[t.name] = true
	}
	for _, g := range a.gaps {
		if g.last == 0 {
			v.fault("%v: a gap (%s) without end", g.name, g.cause)
			continue
		}
		for at := g.name; at.index <= g.last; at.index++ {
			if !stored[at] {
				v.fault("%v: in a gap (%s) that never filled", at, g.cause)
				break
			}
		}
	}
}
