package controller

import "mercury-driver/cvendor/scp"

// The credit of a storm: what is reserved is what may come, whatever became of sessions meanwhile.

// balances fails when credit is reserved that no session has, or has no right to.
func (w *storm) balances() {
	sum, waiting := int64(0), 0
	for _, s := range w.table.all() {
		sum += s.reserved
		if s.waits {
			waiting++
		}
		switch most := int64(s.identity.Newest) + 1 - int64(s.log.next); {
		case s.reserved < 0 || s.reserved > min(max(most, 0), int64(w.table.rules.Window)):
			w.Fatalf("credit for %d is reserved: %+v", s.reserved, s.log)
		case s.reserved > 0 && (s.stage != leased || s.lease.fenced || s.key != w.table.bySCP.of(s.key.SCP).key):
			w.Fatalf("credit for %d is reserved for one that is not served: stage %d, %+v", s.reserved, s.stage, s.lease)
		}
	}
	turns := &w.table.turns
	if total := w.table.reserved.Load(); total != sum || turns.fresh.Len()+turns.backlog.Len() != waiting {
		w.Fatalf("credit for %d is reserved, sessions have %d; %d and %d stand in the rows, %d wait", total, sum,
			turns.fresh.Len(), turns.backlog.Len(), waiting)
	}
}

// reserves fails when a controller is let report what it is known to have, and no credit is reserved for that.
func (w *storm) reserves(p *Post) {
	report, ok := p.Command.Action.(scp.LogReport)
	s := w.table.find(p.Key)
	if !ok || w.once() || s == nil || !s.behind() {
		return
	}
	if known := min(report.Index, s.identity.Newest); int64(known+1-s.log.next) > s.reserved {
		w.Fatalf("let report up to %d on credit for %d: %+v", report.Index, s.reserved, s.log)
	}
}

// rests fails when credit is reserved though all is stored. A rewind that is answered before its post comes back is
// posted again, for as long as all goes at this pace.
func (w *storm) rests() {
	for _, s := range w.table.all() {
		if s.reserved > 0 && s.log.rewind == rewindNone {
			w.Fatalf("credit for %d is reserved, and all is stored: %+v", s.reserved, s.log)
		}
	}
}
