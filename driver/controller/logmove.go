package controller

import (
	"time"

	"mercury-driver/cvendor/scp"
)

func (s *Session) nextLog() time.Time {
	if s.log.started && s.stage == leased {
		return earliest(s.log.ackDue, s.log.silent, s.log.rests, s.nextLapse())
	}
	return time.Time{}
}

func (s *Session) tickLog(now time.Time) {
	if l := &s.log; !l.ackDue.IsZero() && !now.Before(l.ackDue) {
		l.ackDue = time.Time{}
		s.outbox.ack = l.acked > l.told
	}
	s.lapse(now)
	s.tickRest(now)
	s.tickSilent(now)
}

// nextLogMove is what the controller must be told about its log now, or nil.
func (s *Session) nextLogMove() scp.Action {
	l, window := &s.log, s.table.rules.Window
	if !l.started || s.outbox.releasing {
		return s.nextAck()
	}
	switch at := (scp.LogPosition{Epoch: l.epoch, Index: l.next}); {
	case !s.table.caps.ReportUpTo && !l.paused && l.next-1-l.acked >= window/2:
		return scp.LogPause{}
	case l.rewind == rewindStarved: // until there is credit for more
	case l.rewind == rewindWanted:
		return scp.LogRewind{LogPosition: at}
	case l.rewind == rewindPosted || l.rewind == rewindMissed:
		return nil
	case s.table.caps.ReportUpTo:
		upTo := max(l.acked, l.reach) + window
		if s.table.caps.Rewind && s.behind() {
			upTo = l.reserved
		}
		if upTo >= l.reporting+max(window/4, 1) {
			return s.nextReport(upTo)
		}
	case (l.paused || l.reporting == 0) && l.next-1-l.acked < window/4:
		return scp.LogResume{}
	}
	return s.nextAck()
}

// nextReport lets the controller report further, when it was told what that follows from: at no time does it report more
// than a window beyond that. One that says no to what it was told is detached.
func (s *Session) nextReport(upTo uint64) scp.Action {
	l := &s.log
	if s.table.caps.CumulativeAck && l.acked > l.told {
		return s.acknowledge()
	}
	return scp.LogReport{LogPosition: scp.LogPosition{Epoch: l.epoch, Index: upTo}}
}

func (s *Session) nextAck() scp.Action {
	l := &s.log
	if !s.table.caps.CumulativeAck {
		return nil
	}
	if s.outbox.ack || l.acked >= l.told+max(s.table.rules.Window/4, 1) && l.acked > 0 {
		return s.acknowledge()
	}
	return nil
}

func (s *Session) acknowledge() scp.Action {
	return scp.LogAcknowledge{LogPosition: scp.LogPosition{Epoch: s.log.epoch, Index: s.log.acked}}
}

// logMoved notes what was handed to the library.
func (s *Session) logMoved(now time.Time, action scp.Action) {
	l := &s.log
	switch a := action.(type) {
	case scp.LogRewind:
		l.rewind = rewindPosted
		s.expectFirst(now)
	case scp.LogAcknowledge:
		l.told, l.ackDue, s.outbox.ack = a.Index, time.Time{}, false
	case scp.LogReport:
		switch {
		case l.full, l.reporting > 0 && l.next > l.reporting: // it has much to report, or was held back
			s.expect(now)
		case l.reporting == 0: // it may have waited for its turn since it was rewound
			s.expectFirst(now)
		}
		l.reporting = a.Index
	case scp.LogPause:
		l.paused = true
	case scp.LogResume:
		l.paused, l.reporting = false, 1
	}
}

// logAnswered takes the controller's reply to a log command. It comes in order with the transactions:
// behind the reply to a rewind all are the ones asked for.
func (s *Session) logAnswered(action scp.Action) {
	l := &s.log
	to, ok := action.(scp.LogRewind)
	if !ok || to.LogPosition != (scp.LogPosition{Epoch: l.epoch, Index: l.next}) {
		return
	}
	switch l.rewind {
	case rewindPosted:
		l.rewind = rewindNone
	case rewindMissed:
		l.rewind = rewindWanted
	}
}
