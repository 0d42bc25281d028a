package controller

import (
	"log/slog"
	"time"

	"mercury-driver/cvendor/scp"
)

// A controller that may report up to an index, and is kept there for so long that its log has overwritten
// everything up to it, says nothing any more: whatever it still has lies beyond. So where transactions ought to
// come and none does, the controller is asked how full its log is. Its identity says what is left in the log, so
// its link is begun anew.

// silentFor is how long transactions that ought to come may take: a log takes hours to wrap, and
// a slow controller its time to begin.
const silentFor = 30 * time.Second

// expect starts to wait for transactions. Only an acknowledged log tells by its fill that it was not reported.
func (s *Session) expect(now time.Time) {
	if s.table.caps.ReportUpTo && s.table.caps.CumulativeAck {
		s.log.silent, s.log.asked = now.Add(silentFor), false
	}
}

// longAgo is how old what a controller told of its log may be.
const longAgo = 5 * time.Second

// expectFirst does so at the start of a log, where the controller told of more than is stored, or told it long ago.
func (s *Session) expectFirst(now time.Time) {
	if s.log.next <= s.identity.Newest || now.Sub(s.attached) > longAgo {
		s.expect(now)
	}
}

// heardLog ends the wait; for one that has much to report the next one begins.
func (s *Session) heardLog(now time.Time) {
	s.log.silent, s.log.asked = time.Time{}, false
	if s.log.full {
		s.expect(now)
	}
}

// tickSilent asks a controller that should have reported something.
func (s *Session) tickSilent(now time.Time) {
	l := &s.log
	if l.silent.IsZero() || now.Before(l.silent) {
		return
	}
	l.silent = now.Add(silentFor)
	if s.current(now) && l.rewind == rewindNone && !s.outbox.releasing {
		l.asked, s.outbox.probe = true, true
	}
}

// nearFull takes the controller's word that it has much to report.
func (s *Session) nearFull(now time.Time) {
	l := &s.log
	l.full = true
	if l.started && l.silent.IsZero() && l.rewind == rewindNone && l.next <= l.reporting {
		s.expect(now)
	}
}

// weigh takes the answer. Near full, or known to have logged more, allowed to report and silent: it can't. Its fill
// alone does not tell: the vendor app may have lost what it had acknowledged, and want it again.
func (s *Session) weigh(now time.Time, fill scp.LogFill) {
	l := &s.log
	if !l.asked {
		return
	}
	l.silent, l.asked = time.Time{}, false
	l.full = fill.Capacity > 0 && uint64(fill.Unread)*10 >= uint64(fill.Capacity)*9
	if (l.full || l.next <= s.identity.Newest) && l.next <= l.reporting && l.rewind == rewindNone {
		s.note(slog.LevelWarn, "controller's log wrapped beyond what it may report, detached", "next", l.next,
			"unread", fill.Unread)
		s.detach(now, "its log wrapped beyond what it may report")
	}
}
