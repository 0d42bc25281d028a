package controller

import (
	"cmp"
	"slices"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func (s *Session) refuse(now time.Time, w *wish, reason string) {
	s.end(now, w, pb.Outcome_OUTCOME_REFUSED, reason)
}

func (s *Session) expire(now time.Time, w *wish) {
	s.end(now, w, pb.Outcome_OUTCOME_EXPIRED, "it is, or may be, older than its ttl")
}

// end decides how a wish ends. One that is not claimed yet keeps it as a verdict: only the winner of
// the claim answers.
func (s *Session) end(now time.Time, w *wish, outcome pb.Outcome, reason string) {
	r := &pb.CommandResult{
		Id: w.id, Serial: s.serial, Outcome: outcome, Reason: short(reason), LeaseEpoch: w.under,
		Instance: s.table.rules.Instance, ReceivedNs: w.received.UnixNano(), EndedNs: now.UnixNano(),
	}
	if !w.posted.IsZero() {
		r.PostedNs = w.posted.UnixNano()
	}
	if !w.claimed {
		w.verdict = r
		return
	}
	s.finish(now, w, r)
}

// finish sends the one result of a wish, and keeps it for a repeated id.
func (s *Session) finish(now time.Time, w *wish, r *pb.CommandResult) {
	w.result, w.verdict = r, nil
	w.forget = earliest(w.deadline.Add(s.table.rules.ReplyGrace+keepMargin), now.Add(maxTTL))
	if w.forget.Before(now.Add(keepMargin)) {
		w.forget = now.Add(keepMargin)
	}
	s.table.counts.ended(r.Outcome)
	s.tellResult(w)
	if s.stage == ended {
		s.drop(w)
		return
	}
	c := &s.commands
	at, _ := slices.BinarySearchFunc(c.ended, w.forget, func(w *wish, at time.Time) int {
		return cmp.Or(w.forget.Compare(at), -1) // behind those of the same time
	})
	c.ended = slices.Insert(c.ended, at, w)
}

func (s *Session) tellResult(w *wish) {
	if w.promised {
		w.promised = false
		s.table.ports.Sink.Result(w.result)
		return
	}
	s.table.ports.Sink.Answer(w.result)
}

// ResultsStored tells which results the vendor app has durably stored.
func (t *Table) ResultsStored(ids []string) {
	for _, id := range ids {
		t.ports.Subscriber.Settled(id)
	}
}

// Answer ends a command that Redis gave to this process and to no other, and that is not to be judged: it can't
// be read, or another process may have posted it. An id that the session knows ends as it did there.
func (t *Table) Answer(now time.Time, serial uint64, id string, outcome pb.Outcome, reason string) {
	answer := func() {
		t.answer(now, serial, &pb.CommandResult{Id: id, Outcome: outcome, Reason: reason})
	}
	s := t.ofSerial(serial)
	if s == nil {
		answer()
		return
	}
	s.step(now, func() {
		if !s.repeated(id) {
			answer()
		}
	})
}

// answer sends the result of a command that no session takes on.
func (t *Table) answer(now time.Time, serial uint64, r *pb.CommandResult) {
	r.Serial, r.Instance, r.ReceivedNs, r.EndedNs = serial, t.rules.Instance, now.UnixNano(), now.UnixNano()
	t.counts.ended(r.Outcome)
	t.ports.Sink.Answer(r)
}

// short keeps a reason within the contract's 200 bytes.
func short(reason string) string {
	const most = 200
	if len(reason) <= most {
		return reason
	}
	cut := most
	for cut > 0 && reason[cut]&0xC0 == 0x80 { // not inside a rune
		cut--
	}
	return reason[:cut]
}
