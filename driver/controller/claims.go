package controller

import (
	"errors"
	"log/slog"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// maxClaiming is how many claims one session may wait for, in queues' lengths; beyond it commands are
// dropped, as nobody but the requester's own clock can answer for them.
const maxClaiming = 4

// claimWithin is how long a command may hold up those behind it while Redis does not say whose it is.
const claimWithin = 3 * time.Second

// claim asks Redis whether this process may run, and answer, a command that names no lease. The claim
// keeps the order: the wish stands in the queue meanwhile.
func (s *Session) claim(now time.Time, w *wish) {
	c := &s.commands
	if len(c.claiming) >= maxClaiming*s.table.rules.Queue {
		s.table.counts.Dropped.Add(1)
		s.forgo(now, w, pb.Outcome_OUTCOME_OVERLOADED, "too many commands wait to be claimed")
		return
	}
	c.claiming[w.id] = w
	if w.verdict == nil {
		w.claimBy = now.Add(claimWithin)
		c.queue = append(c.queue, w)
	}
	s.table.ports.Claimer.Claim(s.key, w.id, s.claimFor(w))
}

// claimFor is how long a claim lasts.
func (s *Session) claimFor(w *wish) time.Duration {
	return w.ttl + s.table.rules.ReplyGrace + keepMargin
}

// errWonLate is a claim that was won when another process', which it made after the publishing, may have run out: what that
// process did with the command is not known here.
var errWonLate = errors.New("it was won too late, and may have been another's before")

// Claimed brings the outcome of a claim; every Claim ends in exactly one, an error when Redis could not
// be asked in time.
func (t *Table) Claimed(now time.Time, key Key, id string, won bool, err error) {
	if s := t.find(key); s != nil {
		s.step(now, func() { s.claimed(now, id, won, err) })
	}
}

func (s *Session) claimed(now time.Time, id string, won bool, err error) {
	c := &s.commands
	w := c.claiming[id]
	if w == nil {
		return
	}
	delete(c.claiming, id)
	if won && now.After(w.born.Add(s.claimFor(w))) {
		won, err = false, errWonLate
	}
	switch {
	case won:
		w.claimed = true
		if w.verdict != nil || s.stage == ended {
			s.settleWish(now, w)
		}
		return
	case w.passed: // and counted
	case err != nil:
		s.unclaimed(w, err)
	default:
		s.table.counts.ClaimsLost.Add(1)
	}
	c.unqueue(w)
	if err != nil {
		s.forgo(now, w, pb.Outcome_OUTCOME_REFUSED, "it could not be claimed in time")
		return
	}
	if w.sole {
		s.table.ports.Subscriber.Settled(id)
	}
	s.drop(w)
}

// forgo ends a wish of which nobody knows whether this process might run it: it is forgotten, or, where no other
// process was given it, answered.
func (s *Session) forgo(now time.Time, w *wish, outcome pb.Outcome, reason string) {
	if !w.sole {
		s.drop(w)
		return
	}
	w.claimed = true
	if w.verdict == nil {
		s.end(now, w, outcome, reason)
		return
	}
	s.finish(now, w, w.verdict)
}

// pass takes a command out of the queue that Redis leaves unclaimed for too long. It is not posted any more;
// should its claim be won after all, that is the answer.
func (s *Session) pass(now time.Time, w *wish) {
	w.passed = true
	s.refuse(now, w, "it could not be claimed in time")
	s.unclaimed(w, errors.New("no answer came in time"))
}

func (s *Session) unclaimed(w *wish, err error) {
	s.table.counts.ClaimsFailed.Add(1)
	s.note(slog.LevelWarn, "command could not be claimed, dropped", "cmd_id", w.id, "err", err)
}

func (c *commands) unqueue(w *wish) {
	for i, queued := range c.queue {
		if queued == w {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			return
		}
	}
}
