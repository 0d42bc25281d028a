package controller

import (
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// wantsPost reports whether Next might have something.
func (s *Session) wantsPost(now time.Time) bool {
	o := &s.outbox
	switch {
	case s.stage == ended || o.posting:
		return false
	case o.lastDue() || o.accept || o.probe:
		return true
	case s.stage != leased:
		return false
	case s.mayMoveLog(now) && s.nextLogMove() != nil:
		return true
	}
	return s.headReady()
}

// headReady reports whether the first wish in the queue could go.
func (s *Session) headReady() bool {
	c := &s.commands
	return len(c.queue) > 0 && c.queue[0].claimed && len(c.open) < s.table.rules.Sequences
}

// Next is the session's next post, checked against lease and age at this moment. The caller hands it to
// the library at once and calls Posted with what came of it, then Next again until there is no more.
// One thread at a time runs a session's posts.
func (s *Session) Next(now time.Time) (p Post, more bool) {
	s.run(func() { p, more = s.next(now) })
	return p, more
}

func (s *Session) next(now time.Time) (Post, bool) {
	if s.outbox.posting || s.stage == ended {
		return Post{}, false
	}
	own := s.nextOwn(now)
	if own == nil {
		if w := s.nextWish(now); w != nil {
			return s.posting(w.action, w), true
		}
		own = s.nextOwn(now) // a wish may need a probe first
	}
	if own == nil {
		return Post{}, false
	}
	s.taken(now, own)
	return s.posting(own, nil), true
}

func (s *Session) posting(action scp.Action, w *wish) Post {
	s.outbox.posting = true
	p := Post{Key: s.key, Command: scp.Command{Target: s.key.SCP, Action: action}, wish: w}
	if w == nil {
		p.Over = s.outbox.lastOver
		return p
	}
	p.Terms.Until = earliest(w.deadline, s.table.leases.end())
	if w.movesDoor {
		p.Over = w.overdue(s.table.rules.ReplyGrace)
		if s.table.caps.LastHeard {
			p.Terms.MaxSilence = s.table.rules.LinkFresh
		}
	}
	return p
}

// nextWish takes the first command that may be posted now; those that may not be any more end here.
func (s *Session) nextWish(now time.Time) *wish {
	c := &s.commands
	for s.stage == leased && s.headReady() {
		w := c.queue[0]
		switch {
		case now.After(w.deadline):
			s.expire(now, w)
		case !s.current(now) || w.lease != 0 && w.lease != s.lease.epoch:
			s.refuse(now, w, leaseOver)
		case s.lateDecision(now, w):
			s.refuse(now, w, "no such open host decision request")
		case w.movesDoor && s.silent(now):
			s.outbox.probe = len(s.outbox.open) == 0
			return nil // goes on with whatever the controller says next, or expires
		default:
			c.queue = c.queue[1:]
			if set, ok := w.action.(scp.SetTime); ok && set.Time == 0 {
				w.action = scp.SetTime{Time: now.UnixNano()}
			}
			w.posted = now
			return w
		}
		c.queue = c.queue[1:]
	}
	return nil
}

const leaseOver = "the lease ran out or was revoked"

// silent reports whether the controller must answer something before a door is moved: only where the
// library can't tell itself when it last heard from the link.
func (s *Session) silent(now time.Time) bool {
	return !s.table.caps.LastHeard && now.Sub(s.heard) > s.table.rules.LinkFresh
}

// Posted tells what the library said to a post. The caller goes on with Next.
func (s *Session) Posted(now time.Time, p Post, tag uint32, err error) {
	s.run(func() {
		s.outbox.posting = false
		if p.wish == nil {
			s.ownPosted(now, p.Command.Action, tag, err)
		} else {
			s.wishPosted(now, p.wish, tag, err)
		}
		early := s.outbox.early
		s.outbox.early = nil
		for i := range early {
			s.reply(now, &early[i])
		}
		s.letGoWhenTold(now)
	})
}

func (s *Session) wishPosted(now time.Time, w *wish, tag uint32, err error) {
	_, last := w.action.(scp.Detach)
	switch {
	case errors.Is(err, &scp.Error{Code: scp.Late}) && now.After(w.deadline):
		w.posted = time.Time{}
		s.expire(now, w)
	case errors.Is(err, &scp.Error{Code: scp.Late}):
		w.posted = time.Time{}
		s.refuse(now, w, leaseOver)
	case err != nil:
		w.posted = time.Time{}
		s.refuse(now, w, whyRefused(err))
	case last:
		s.end(now, w, pb.Outcome_OUTCOME_DONE, "")
	case s.stage == ended && !s.outbox.answeredEarly(tag):
		s.end(now, w, pb.Outcome_OUTCOME_UNKNOWN, "the link ended before an answer")
	default:
		if other := s.commands.open[tag]; other != nil { // no answer could be told from the other's
			s.noLongerOpen(tag)
			s.end(now, other, pb.Outcome_OUTCOME_UNKNOWN, "the library gave its tag to another command")
		}
		s.commands.open[tag] = w
		s.table.counts.Open.Add(1)
		s.table.change()
	}
}

// whyRefused is the reason of a post that the library did not take, for the requester.
func whyRefused(err error) string {
	var failed *scp.Error
	if !errors.As(err, &failed) {
		return err.Error()
	}
	switch failed.Code {
	case scp.Gone:
		return "the controller went offline"
	case scp.Stale:
		return "the controller's link is silent"
	}
	return failed.Error()
}

// reply takes the controller's answer. One that overtook its own post waits for it.
func (s *Session) reply(now time.Time, m *scp.Message) {
	if p, ok := s.outbox.take(m.Tag); ok {
		s.ownReply(now, p, m)
		return
	}
	w := s.commands.open[m.Tag]
	switch {
	case w != nil:
		s.noLongerOpen(m.Tag)
		s.wishAnswered(now, w, m)
	case s.outbox.posting && len(s.outbox.early) < maxEarly:
		s.outbox.early = append(s.outbox.early, *m)
	default:
		s.table.counts.Strays.Add(1)
	}
}

func (s *Session) noLongerOpen(tag uint32) {
	delete(s.commands.open, tag)
	s.table.counts.Open.Add(-1)
	s.table.change()
}

func (s *Session) wishAnswered(now time.Time, w *wish, m *scp.Message) {
	switch m.Result {
	case scp.ReplyOK:
		s.end(now, w, pb.Outcome_OUTCOME_DONE, "")
	case scp.ReplyFailed:
		s.end(now, w, pb.Outcome_OUTCOME_NAK, "failed: "+m.Text)
	default:
		s.end(now, w, pb.Outcome_OUTCOME_NAK, m.NAK.String())
	}
}

// tickCommands ends what is too old, in the queue as expired, at the controller as unknown, and lets go of what
// nobody says whose it is. A controller that leaves a command unanswered is cut off, so that what may still be on
// its way is discarded.
func (s *Session) tickCommands(now time.Time) {
	c := &s.commands
	c.queue = slices.DeleteFunc(c.queue, func(w *wish) bool {
		switch {
		case now.After(w.deadline):
			s.expire(now, w)
		case !w.claimed && !now.Before(w.claimBy):
			s.pass(now, w)
		default:
			return false
		}
		return true
	})
	for _, tag := range tags(c.open) {
		w := c.open[tag]
		if now.Before(w.overdue(s.table.rules.ReplyGrace)) {
			continue
		}
		s.noLongerOpen(tag)
		s.note(slog.LevelWarn, "controller left a command unanswered, detached", "cmd_id", w.id)
		s.end(now, w, pb.Outcome_OUTCOME_UNKNOWN, "no answer")
		s.detach(now, "left a command unanswered")
		if w.movesDoor && s.outbox.last != nil {
			s.outbox.lastOver = now.Add(s.table.rules.ReplyGrace)
		}
	}
	for len(c.ended) > 0 && !now.Before(c.ended[0].forget) {
		w := c.ended[0]
		c.ended = c.ended[1:]
		s.drop(w)
	}
}

// tags of what is open, in the order of posting.
func tags(open map[uint32]*wish) []uint32 { return slices.Sorted(maps.Keys(open)) }

func (s *Session) nextCommands() (first time.Time) {
	c := &s.commands
	for _, w := range c.queue {
		first = earliest(first, w.deadline.Add(1))
		if !w.claimed {
			first = earliest(first, w.claimBy)
		}
	}
	for _, w := range c.open {
		first = earliest(first, w.overdue(s.table.rules.ReplyGrace))
	}
	if len(c.ended) > 0 {
		first = earliest(first, c.ended[0].forget)
	}
	return first
}

// endCommands ends everything when the link is gone.
func (s *Session) endCommands(now time.Time) {
	c := &s.commands
	for _, tag := range tags(c.open) {
		w := c.open[tag]
		s.noLongerOpen(tag)
		s.end(now, w, pb.Outcome_OUTCOME_UNKNOWN, "the link ended before an answer")
	}
	for _, w := range c.queue {
		s.refuse(now, w, "the controller went offline")
	}
	c.queue = nil
	for _, w := range c.ended { // nobody finds them any more
		s.drop(w)
	}
	c.ended = nil
}
