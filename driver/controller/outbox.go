package controller

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"mercury-driver/cvendor/scp"
)

// outbox is what a session itself wants to tell its controller; it goes before the commands of others.
type outbox struct {
	last   scp.Action // Detach or Refuse: the last word
	lastAt time.Time  // not before; zero: at once
	// The library has the last word by then, or the process ends: a door may still move over that link. Zero: no hurry.
	lastOver time.Time
	accept   bool
	probe    bool // ask for any answer
	ack      bool // acknowledge now, however little it is

	releasing bool // detach once the controller knows what is stored of its log

	posting bool          // a post is at the library
	open    []own         // posted, unanswered, the oldest first; nil when there is none, as in most sessions
	early   []scp.Message // replies that were drained before their post returned
}

// own is a post of the session's own.
type own struct {
	tag      uint32
	action   scp.Action
	deadline time.Time
}

// take takes the post with a tag out of the unanswered ones; false: there is none.
func (o *outbox) take(tag uint32) (p own, open bool) {
	i := slices.IndexFunc(o.open, func(p own) bool { return p.tag == tag })
	if i < 0 {
		return own{}, false
	}
	p = o.open[i]
	if o.open = slices.Delete(o.open, i, i+1); len(o.open) == 0 {
		o.open = nil
	}
	return p, true
}

// maxEarly bounds outbox.early; one post is under way at a time, so one reply is what can come.
const maxEarly = 4

func (o *outbox) answeredEarly(tag uint32) bool {
	return slices.ContainsFunc(o.early, func(m scp.Message) bool { return m.Tag == tag })
}

func (o *outbox) deadline() time.Time {
	if len(o.open) == 0 {
		return o.lastAt
	}
	return earliest(o.lastAt, o.open[0].deadline)
}

// nextOwn is the session's own next command, or nil. The last word, accept and probe need no lease:
// they move neither a door nor a log.
func (s *Session) nextOwn(now time.Time) scp.Action {
	o := &s.outbox
	switch {
	case o.lastDue():
		return o.last
	case s.stage == leaving || s.stage == ended:
		return nil
	case o.accept:
		return scp.Accept{}
	case o.probe:
		return scp.Status{}
	case s.mayMoveLog(now):
		return s.nextLogMove()
	}
	return nil
}

// lastDue reports whether the last word is to be posted now.
func (o *outbox) lastDue() bool { return o.last != nil && o.lastAt.IsZero() }

// taken notes that an own command is on its way to the library.
func (s *Session) taken(now time.Time, action scp.Action) {
	switch action.(type) {
	case scp.Detach, scp.Refuse:
		s.outbox.last = nil
	case scp.Accept:
		s.outbox.accept = false
	case scp.Status:
		s.outbox.probe = false
	default:
		s.logMoved(now, action)
	}
}

// lastAgain is how long after a last word that the library did not take it is said again.
const lastAgain = time.Second

// ownPosted enters an own command among the unanswered. One that the library did not take
// leaves the controller in an unknown state: its link is begun anew.
func (s *Session) ownPosted(now time.Time, action scp.Action, tag uint32, err error) {
	if s.stage == ended || errors.Is(err, &scp.Error{Code: scp.Gone}) {
		return
	}
	if err != nil && !answered(action) {
		s.note(slog.LevelWarn, "library did not take our last word, it is said again", "command", scp.Name(action), "err", err)
		s.outbox.last, s.outbox.lastAt = action, now.Add(lastAgain)
		return
	}
	if err != nil {
		s.note(slog.LevelWarn, "library did not take our own command, controller detached",
			"command", scp.Name(action), "err", err)
		s.detach(now, "library did not take "+scp.Name(action))
		return
	}
	if !answered(action) {
		return
	}
	s.outbox.take(tag) // no answer could be told from that of another with the same
	s.outbox.open = append(s.outbox.open, own{tag, action, now.Add(answerWithin)})
}

func answered(action scp.Action) bool {
	switch action.(type) {
	case scp.Detach, scp.Refuse:
		return false
	}
	return true
}

// ownReply takes the controller's answer to one of the session's own commands.
func (s *Session) ownReply(now time.Time, p own, m *scp.Message) {
	if m.Result != scp.ReplyOK {
		s.note(slog.LevelWarn, "controller did not follow, detached", "command", scp.Name(p.action),
			"reason", m.NAK, "text", m.Text)
		s.detach(now, "did not follow "+scp.Name(p.action))
		return
	}
	switch p.action.(type) {
	case scp.Accept:
		if s.stage == confirming {
			s.confirmed(now)
		}
	case scp.Status:
		s.probed(now)
	default:
		s.logAnswered(p.action)
	}
}

func (s *Session) tickOutbox(now time.Time) {
	if !now.Before(s.outbox.lastAt) {
		s.outbox.lastAt = time.Time{}
	}
	for len(s.outbox.open) > 0 && !now.Before(s.outbox.open[0].deadline) {
		p, _ := s.outbox.take(s.outbox.open[0].tag)
		if _, probe := p.action.(scp.Status); probe {
			continue // the next probe comes by itself
		}
		s.note(slog.LevelWarn, "controller did not answer, detached", "command", scp.Name(p.action))
		s.detach(now, "no answer to "+scp.Name(p.action))
	}
}

// letGoWhenTold ends a session that is being released, as soon as its controller has answered
// everything: a detach discards what is still on its way.
func (s *Session) letGoWhenTold(now time.Time) {
	o := &s.outbox
	if o.releasing && !o.posting && len(o.open) == 0 && (s.nextAck() == nil || !s.mayMoveLog(now)) {
		s.detach(now, "the driver is going down")
	}
}
