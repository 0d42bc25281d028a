package controller

import (
	"log/slog"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// A library without a rewind says each transaction once: what it has said, its controller has forgotten. So nothing is
// left in a controller, but by holding it back, and the sink is a spool that keeps what it is offered on disk before the
// library is asked for more.

// keep takes a transaction that can't be had again. What the spool can't keep is lost; that is a gap, told with the next
// one that it keeps.
func (s *Session) keep(now time.Time, m *scp.Message) {
	l, cause := &s.log, pb.GapCause_GAP_CAUSE_WRAPPED
	s.heardLog(now)
	if !s.table.ports.Sink.Offer(s.entry(now, m)) {
		s.table.counts.Unkept.Add(1)
		if !l.unkept {
			s.note(slog.LevelError, "transactions are lost: the spool can't keep them", "log_epoch", l.epoch, "first", m.Index)
		}
		l.unkept = true
		return
	}
	if l.unkept {
		cause = pb.GapCause_GAP_CAUSE_SKIPPED
	}
	if m.Index > l.next {
		s.missing(now, l.epoch, l.next, m.Index-1, cause)
		l.skip(m.Index)
	}
	l.unkept = false
	s.table.counts.Forwarded.Add(1)
	l.next++
}

// goOn is startLog for a controller that went on while the vendor app was asked again. What that has lost meanwhile
// can't be had again.
func (s *Session) goOn(now time.Time, epoch uint32, index uint64) {
	l := &s.log
	if epoch != l.epoch {
		index = 0
	}
	l.inApp = index
	if have := s.stored(l.epoch, index); have+1 < l.next {
		s.missing(now, l.epoch, have+1, l.next-1, pb.GapCause_GAP_CAUSE_SKIPPED)
	}
}

// early keeps what a controller says before it is admitted, though it was not asked to.
func (s *Session) early(now time.Time, m *scp.Message) {
	if s.table.caps.Rewind || m.Index == 0 || s.stage != asking && s.stage != confirming ||
		!s.table.ports.Sink.Offer(s.entry(now, m)) {
		s.table.counts.Strays.Add(1)
		return
	}
	if id := &s.identity; m.LogEpoch == id.LogEpoch {
		id.Newest = max(id.Newest, m.Index)
	}
}
