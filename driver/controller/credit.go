package controller

import "time"

// Of the vendor app's credit each session has its part reserved before its controller reports: were all let report a
// window at once, most of that would have to be left and fetched again. A controller with nothing behind it needs no
// reserve, so that what is logged now never waits for the backlog of others.
//
// A session's reserve follows from where it stands. The table's sum is brought in line at the end of each step, so
// that no way out of a lease, a log or a link can keep any of it.

// reserveFor is how long credit is kept for a controller that was let report. One behind a slow link needs longer, and must
// not keep the others waiting: what comes later is taken as long as there is credit, and else fetched again.
const reserveFor = 2 * time.Second

// counted reports whether the session has a part in the credit: its log is read, and can be read again.
func (s *Session) counted() bool {
	return s.log.started && s.stage == leased && !s.lease.fenced && !s.outbox.releasing && s.table.caps.Rewind
}

// behind reports whether the controller is known to have more in its log.
func (s *Session) behind() bool { return s.log.next <= s.identity.Newest }

// reserve is how many transactions the controller may report now on credit that is kept for them: a window at most.
func (s *Session) reserve() int64 {
	l := &s.log
	upTo := min(l.reserved, s.identity.Newest)
	if upTo < l.next || l.rewind == rewindStarved || !s.counted() {
		return 0
	}
	return int64(upTo - l.next + 1)
}

// wantsCredit reports whether the session waits for credit to be reserved.
func (s *Session) wantsCredit() bool {
	l, window := &s.log, s.table.rules.Window
	switch {
	case !s.counted():
		return false
	case l.rewind == rewindStarved:
		return l.rests.IsZero()
	}
	return s.table.caps.ReportUpTo && s.behind() &&
		l.acked+window >= max(l.reserved, l.reporting)+max(window/4, 1)
}

// takeTurn reserves credit for all that the controller may be let report; then the session waits no more.
func (s *Session) takeTurn(now time.Time) {
	if !s.wantsCredit() {
		return
	}
	l := &s.log
	if l.rewind == rewindStarved {
		l.rewind = rewindWanted
	}
	l.reserved = l.acked + s.table.rules.Window
	l.lapses = now.Add(reserveFor)
}

// lapse gives back what the controller does not use.
func (s *Session) lapse(now time.Time) {
	if !now.Before(s.log.lapses) {
		s.log.reserved = 0
	}
}

func (s *Session) nextLapse() time.Time {
	if s.reserved == 0 {
		return time.Time{}
	}
	return s.log.lapses
}

// account brings the table in line with the session.
func (s *Session) account() {
	if reserve := s.reserve(); reserve != s.reserved {
		s.table.reserved.Add(reserve - s.reserved)
		s.reserved = reserve
	}
	if wants := s.wantsCredit(); wants != s.waits {
		s.waits = wants
		if wants {
			s.table.turns.add(s, s.log.next > s.backlog)
		} else {
			s.table.turns.remove(s)
		}
	}
}
