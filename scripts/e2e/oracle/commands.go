package oracle

// The words of the contract for how a command ends, and one for what never reached a driver.
const (
	done    = "done"
	nak     = "nak"
	unknown = "unknown"
	unheard = "unheard"
)

// judgeEnds asks that each command ended, that one process at most answered it, and that the audit says what
// that process said.
func (v *Verdict) judgeEnds(a *app, all []asked) {
	told := make(map[string]result, len(a.results))
	for _, r := range a.results {
		if first, twice := told[r.id]; twice {
			v.fault("command %s: %s by %s and %s by %s", r.id, first.outcome, first.instance, r.outcome, r.instance)
		}
		told[r.id] = r
	}
	for _, o := range a.orders {
		if r := told[o.id]; o.instance != "" && (r.outcome != o.outcome || r.instance != o.instance) {
			v.fault("command %s: the audit says %s by %s, the result %s by %s",
				o.id, o.outcome, o.instance, r.outcome, r.instance)
		}
	}
	for _, c := range all {
		v.Outcomes[c.outcome]++
		switch c.outcome {
		case "":
			v.fault("command %s: it never ended", c.id)
		case unknown:
			v.Unknown = append(v.Unknown, Unanswered{c.id, c.at})
		}
	}
}

// tally counts the commands of one deed: how they ended, and what the panel did.
type tally struct {
	done, nak, unknown, never int
	executed, declined        int
}

// judgeDeeds compares what the commands say with what the panels did. Done is executed once, a nak is a
// panel that said no, an unknown one may have been either, and all others were never heard by a panel.
func (v *Verdict) judgeDeeds(executions []execution, all []asked) {
	tallies := make(map[deed]*tally)
	for _, c := range all {
		t := tallies[c.deed]
		if t == nil {
			t = &tally{}
			tallies[c.deed] = t
		}
		*t.ended(c.outcome)++
	}
	for _, x := range executions {
		t := tallies[x.deed]
		switch {
		case t == nil && hostAlone(x.what):
			v.fault("%v: nobody asked the panel for it", x.deed)
		case t == nil:
		case x.result == "ok":
			t.executed++
		default:
			t.declined++
		}
	}
	for d, t := range tallies {
		if !t.plausible() {
			v.fault("%v: %d done, %d nak, %d unknown, %d not posted; the panel executed it %d times and said no %d times",
				d, t.done, t.nak, t.unknown, t.never, t.executed, t.declined)
		}
	}
}

func (t *tally) ended(outcome string) *int {
	switch outcome {
	case done:
		return &t.done
	case nak:
		return &t.nak
	case unknown, "":
		return &t.unknown
	}
	return &t.never
}

// plausible: what the unknown ones leave open is enough for what the panel did beyond the known ones.
func (t *tally) plausible() bool {
	executed, declined := t.executed-t.done, t.declined-t.nak
	return executed >= 0 && declined >= 0 && executed+declined <= t.unknown
}
