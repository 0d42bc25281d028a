package controller

import (
	"log/slog"
	"time"

	"mercury-driver/cvendor/scp"
)

// Receive steps the sessions with a batch of the library's messages, in their order. Called by the event
// thread alone; the batch is not kept.
func (t *Table) Receive(now time.Time, batch []scp.Message) {
	t.due.awake()
	if len(batch) > 1 {
		defer t.ports.Sink.Burst()()
	}
	for len(batch) > 0 {
		n := together(batch)
		t.receive(now, batch[:n])
		batch = batch[n:]
	}
}

// together is how many messages from the first on are transactions of one attachment, at least 1: they are one step of its
// session.
func together(batch []scp.Message) (n int) {
	first := &batch[0]
	for n = 1; n < len(batch) && first.Kind.Transaction(); n++ {
		if m := &batch[n]; !m.Kind.Transaction() || m.SCP != first.SCP || m.Attachment != first.Attachment {
			break
		}
	}
	return n
}

// receive takes one message, or several transactions of one attachment.
func (t *Table) receive(now time.Time, run []scp.Message) {
	m := &run[0]
	key := Key{m.SCP, m.Attachment}
	switch m.Kind {
	case scp.CommOnline:
		s := t.enter(now, key)
		s.step(now, func() { s.online(now, m) })
		return
	case scp.CommRefused:
		t.refused(now, m.Text)
		return
	}
	t.mu.RLock()
	s := t.bySCP.of(m.SCP)
	t.mu.RUnlock()
	if s == nil || s.key != key {
		t.counts.Strays.Add(1)
		return
	}
	switch m.Kind {
	case scp.CommOffline:
		t.leave(s)
		s.step(now, func() { s.offline(now, m.Text) })
	case scp.IdentityTold:
		if m.Identity != nil {
			t.identify(now, s, *m.Identity)
		}
	default:
		s.step(now, func() {
			for i := range run {
				s.take(now, &run[i])
			}
		})
	}
}

// refused logs one connection a minute that the library did not let in: each is dialled again and again.
func (t *Table) refused(now time.Time, text string) {
	total := t.counts.Refused.Add(1)
	if now.Sub(t.refusal) < time.Minute {
		return
	}
	t.refusal = now
	t.log.Warn("a connection to the port for controllers was refused", "cause", text, "total", total)
}

// take handles what a controller says once it is known.
func (s *Session) take(now time.Time, m *scp.Message) {
	s.heard = now
	switch {
	case m.Kind.Transaction():
		s.transaction(now, m)
	case m.Kind == scp.CommandReply:
		s.reply(now, m)
	case m.Kind == scp.LogStatus || m.Kind == scp.LogNearFull:
		if s.lease.epoch != 0 {
			s.tellLog(now, m)
		}
		if m.Kind == scp.LogNearFull {
			s.nearFull(now)
		}
		s.weigh(now, m.Log)
	}
}

func (s *Session) online(now time.Time, m *scp.Message) {
	s.peer, s.tls = m.Text, m.TLS
	s.note(slog.LevelDebug, "controller attached", "peer", m.Text)
	if s.table.draining.Load() {
		s.detach(now, "the driver is going down")
	}
}

// offline ends the session: the library's number may be given to another controller from now on.
func (s *Session) offline(now time.Time, cause string) {
	level := slog.LevelDebug
	if s.lease.epoch != 0 { // it was admitted; who is turned away may dial again at once, for hours
		level = slog.LevelInfo
	}
	s.note(level, "controller offline", "cause", cause)
	s.endLease(now, cause)
	if s.stage == asking {
		s.table.ports.Admitter.Cancel(s.key)
	}
	s.letOut()
	s.stage = ended
	s.outbox = outbox{early: s.outbox.early}
	s.endCommands(now)
}

// detach ends the session's lease and asks the library to abort the link; comm_offline follows.
func (s *Session) detach(now time.Time, cause string) {
	if s.stage >= leaving {
		return
	}
	s.endLease(now, cause)
	if s.stage == asking {
		s.table.ports.Admitter.Cancel(s.key)
	}
	s.leave(scp.Detach{})
}

func (s *Session) leave(last scp.Action) {
	s.letOut()
	s.lease.confirmBy, s.lease.probeAt = time.Time{}, time.Time{}
	s.stage = leaving
	s.outbox.last = last
}
