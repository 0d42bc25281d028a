package controller

import (
	"fmt"
	"log/slog"
	"time"

	"mercury-driver/cvendor/scp"
)

// quarantineAsk is how long a controller stays in quarantine before the vendor app is asked again: somebody may have
// made it known there.
const quarantineAsk = time.Minute

// isolate keeps a controller connected without serving it, where there is a place for one more: links are few, and
// strangers must not take those of controllers that are known.
func (s *Session) isolate(now time.Time, reason string) {
	if s.log.started && !s.table.caps.Rewind { // it would go on saying what nobody keeps
		s.detach(now, "quarantined")
		return
	}
	counts, level := &s.table.counts, slog.LevelDebug
	if !s.isolated {
		if counts.Quarantined.Add(1) > int64(s.table.rules.Quarantine) {
			counts.Quarantined.Add(-1)
			s.sendAway(now, fmt.Sprintf("the quarantine is full: QUARANTINE is %d", s.table.rules.Quarantine))
			return
		}
		s.isolated, level = true, s.turnedAwayLevel(now)
	}
	s.stage = quarantine
	s.lease, s.log = lease{probeAt: now.Add(quarantineAsk)}, logState{} // it may have been served before
	s.note(level, "controller quarantined", "peer", s.peer, "reason", reason)
}

func (s *Session) askOutOfQuarantine() {
	if s.stage == quarantine {
		s.ask()
	}
}

// letOut gives the place in quarantine back.
func (s *Session) letOut() {
	if s.isolated {
		s.isolated = false
		s.table.counts.Quarantined.Add(-1)
	}
}

func (s *Session) sendAway(now time.Time, reason string) {
	s.table.counts.SentAway.Add(1)
	s.note(s.turnedAwayLevel(now), "controller refused", "peer", s.peer, "reason", reason)
	s.leave(scp.Refuse{})
}

// turnedAwayLevel is that of a line about a controller that is not served.
func (s *Session) turnedAwayLevel(now time.Time) slog.Level {
	if s.table.turnedAway.due(now, s.serial) {
		return slog.LevelWarn
	}
	return slog.LevelDebug
}
