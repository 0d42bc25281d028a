package desk_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestEventsAreStoredThenAcknowledged(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 3)
	s.report(granted(1, 1, 1, 3)...)
	if got := s.acked(); got != 3 {
		t.Errorf("acknowledged %d, want 3", got)
	}
	if got := r.stored(); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Errorf("stored %v", got)
	}
}

// Broken once on purpose: acknowledging in Events instead of Commit fails here.
func TestNothingIsAcknowledgedBeforeTheCommit(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 3)
	s.sent = nil
	r.Events(s.peer, s.peer.Reports(&pb.EventBatch{Events: granted(1, 1, 1, 3)}))
	if len(s.sent) != 0 {
		t.Fatalf("sent %v before the commit", s.sent)
	}
	r.store.Close()
	if err := r.Commit(); err == nil {
		t.Fatal("a commit into a closed database succeeded")
	}
	if len(s.sent) != 0 {
		t.Fatalf("sent %v after a failed commit", s.sent)
	}
}

func TestRepeatsAreDroppedAndAcknowledgedAgain(t *testing.T) {
	for name, again := range map[string]func(*rig, *stream) *stream{
		"on the same stream":       func(_ *rig, s *stream) *stream { return s },
		"on the next stream":       func(r *rig, s *stream) *stream { return r.connect("a") },
		"from another process":     func(r *rig, s *stream) *stream { return r.connect("b") },
		"after the app's restart":  func(r *rig, s *stream) *stream { r.restart(); return r.connect("a") },
		"after another admission":  func(r *rig, s *stream) *stream { s.admit(1, 1, 1, 5); return s },
		"by another's admission":   func(r *rig, s *stream) *stream { b := r.connect("b"); b.admit(1, 1, 1, 5); return b },
		"after two more restarts":  func(r *rig, s *stream) *stream { r.restart(); r.restart(); return r.connect("a") },
		"of a process long fenced": func(r *rig, s *stream) *stream { r.connect("b").admit(1, 1, 1, 5); return s },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			s := r.connect("a")
			s.admit(1, 1, 1, 5)
			s.report(granted(1, 1, 1, 3)...)
			s.acks()
			s = again(r, s)
			s.report(granted(1, 1, 2, 5)...)
			if got := s.acked(); got != 5 {
				t.Errorf("acknowledged %d, want 5", got)
			}
			if got := r.stored(); !slices.Equal(got, []uint64{1, 2, 3, 4, 5}) {
				t.Errorf("stored %v", got)
			}
		})
	}
}

func TestAHoleIsNotAcknowledged(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 9)
	s.report(granted(1, 1, 3, 5)...)
	if got := s.acked(); got != 0 {
		t.Fatalf("acknowledged %d over a hole", got)
	}
	s.report(granted(1, 1, 1, 1)...)
	if got := s.acked(); got != 1 {
		t.Fatalf("acknowledged %d, want 1", got)
	}
	r.restart()
	if s = r.connect("a"); s.admit(1, 1, 1, 9).ResumeAfter != 1 {
		t.Error("resumes behind the hole")
	}
	s.report(granted(1, 1, 2, 5)...)
	if got := s.acked(); got != 5 {
		t.Errorf("acknowledged %d, want 5 once the hole is filled", got)
	}
}

// One process reports as a gap what another one still has on its disk. While the first entries of that are stored
// the next ones are on their way, so that no acknowledgement there may pass the gap.
func TestWhatMayStillFillAGapIsNotAcknowledged(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 7, 9)
	s.report(append([]*pb.Event{gap(1, 1, 1, 1, 6)}, granted(1, 1, 7, 9)...)...)
	if got := s.acked(); got != 9 {
		t.Fatalf("acknowledged %d, want 9 over the gap", got)
	}
	s = r.connect("the other")
	s.report(granted(1, 1, 1, 2)...)
	if got := s.acked(); got != 2 {
		t.Errorf("acknowledged %d, want 2 and not what is on its way", got)
	}
	s.report(granted(1, 1, 3, 4)...)
	if got := s.acked(); got != 4 {
		t.Errorf("acknowledged %d, want 4", got)
	}
}

// Of two controllers in one batch, each is acknowledged up to what the batch brought of it.
func TestABatchBringsEachOfItsControllersItsOwn(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 9)
	s.admit(2, 1, 7, 9)
	s.report(append([]*pb.Event{gap(2, 1, 1, 1, 6)}, granted(2, 1, 7, 9)...)...)
	s = r.connect("the other")
	s.report(append(granted(1, 1, 1, 9), granted(2, 1, 1, 2)...)...)
	got := map[uint64]uint64{}
	for _, p := range s.acks().Transactions {
		got[p.Serial] = p.Index
	}
	if got[1] != 9 || got[2] != 2 {
		t.Errorf("acknowledged %v, want 9 of 1, and 2 of 2", got)
	}
}

func TestAGapFillsForTheAcknowledgement(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 20)
	s.report(granted(1, 1, 1, 2)...)
	s.report(granted(1, 1, 11, 12)...)
	s.acks()
	s.report(gap(1, 1, 1, 3, 10))
	if got := s.acks(); len(got.Transactions) != 1 || got.Transactions[0].Index != 12 || !slices.Equal(got.DriverEvents, []uint64{1}) {
		t.Errorf("acknowledged %v, want 12 and the gap", got)
	}
	r.restart()
	s = r.connect("b")
	if got := s.admit(1, 1, 13, 20).ResumeAfter; got != 12 {
		t.Errorf("resumes after %d, want 12", got)
	}
	s.report(granted(1, 1, 5, 6)...)
	if got := r.stored(); !slices.Equal(got, []uint64{1, 2, 11, 12, 5, 6}) {
		t.Errorf("stored %v: what came late is kept", got)
	}
	r.restart()
	if got := r.connect("b").admit(1, 1, 13, 20).ResumeAfter; got != 12 {
		t.Errorf("resumes after %d once a part of the gap came, want 12", got)
	}
}

func TestASecondReportOfAGapMovesItsEnd(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 30)
	s.report(gap(1, 1, 1, 1, 5))
	s.report(gap(2, 1, 1, 1, 9))
	r.restart()
	if got := r.connect("a").admit(1, 1, 10, 30).ResumeAfter; got != 9 {
		t.Errorf("resumes after %d, want 9", got)
	}
}

func TestWhereToResume(t *testing.T) {
	type log struct {
		epoch          uint32
		oldest, newest uint64
	}
	for name, c := range map[string]struct {
		stored    func(s *stream)
		now       log
		wantEpoch uint32
		wantAfter uint64
	}{
		"nothing stored":              {func(*stream) {}, log{4, 1, 9}, 4, 0},
		"nothing stored, log wrapped": {func(*stream) {}, log{4, 5001, 55000}, 4, 0},
		"behind the last":             {func(s *stream) { s.report(granted(1, 4, 1, 7)...) }, log{4, 1, 9}, 4, 7},
		"in the older log, so that the driver reports its rest": {
			func(s *stream) { s.report(granted(1, 4, 1, 7)...) }, log{5, 1, 3}, 4, 7},
		"in the newest of several logs": {
			func(s *stream) { s.report(granted(1, 4, 1, 7)...); s.report(granted(1, 6, 1, 2)...) }, log{6, 1, 9}, 6, 2},
		"a beginning that is missing is asked for": {
			func(s *stream) { s.report(granted(1, 4, 501, 510)...) }, log{4, 1, 600}, 4, 0},
		"an app that is ahead says so": {
			func(s *stream) { s.report(granted(1, 4, 1, 7)...) }, log{4, 1, 5}, 4, 7},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.stored(r.connect("a"))
			for range 2 { // from memory, then from the database
				got := r.connect("b").admit(1, c.now.epoch, c.now.oldest, c.now.newest)
				if got.ResumeLogEpoch != c.wantEpoch || got.ResumeAfter != c.wantAfter {
					t.Errorf("resumes in log %d after %d, want log %d after %d",
						got.ResumeLogEpoch, got.ResumeAfter, c.wantEpoch, c.wantAfter)
				}
				r.restart()
			}
		})
	}
}

func TestALogThatWrappedBeforeItsFirstAdmission(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 5001, 55000)
	s.report(granted(1, 1, 5001, 5003)...)
	if got := s.acked(); got != 5003 {
		t.Errorf("acknowledged %d, want 5003: what is older can not be had", got)
	}
}

// Else its driver would keep it for ever.
func TestAHoleThatAnotherStreamFills(t *testing.T) {
	r := newRig(t)
	before, now := r.connect("a"), r.connect("b")
	before.admit(1, 1, 1, 9)
	before.report(granted(1, 1, 5, 5)...)
	now.admit(1, 1, 1, 9)
	now.report(granted(1, 1, 1, 9)...)
	if a, b := before.acked(), now.acked(); a != 5 || b != 9 {
		t.Errorf("acknowledged %d and %d, want 5 and 9", a, b)
	}
}

// A renewed lease goes on where it was, without an admission that says where.
func TestAnAppThatLostItsDatabaseTakesWhatComes(t *testing.T) {
	r := newRig(t)
	s := r.connect("a", holding(1, 77))
	s.report(granted(1, 1, 501, 510)...)
	if got := s.acked(); got != 510 {
		t.Errorf("acknowledged %d, want 510", got)
	}
	if got := s.admit(1, 1, 1, 510).ResumeAfter; got != 0 {
		t.Errorf("resumes after %d, want 0: the first 500 are missing", got)
	}
	s.report(granted(1, 1, 1, 500)...)
	if got := s.acked(); got != 500 {
		t.Errorf("acknowledged %d, want 500", got)
	}
}

func TestAnErasedLog(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 100)
	s.report(granted(1, 1, 1, 90)...)
	s.report(gap(1, 1, 1, 91, 0))
	s.report(granted(1, 2, 1, 4)...)
	s.acks()
	s.report(append(granted(1, 1, 95, 95), granted(1, 2, 5, 5)...)...)
	got := s.acks().Transactions
	if len(got) != 2 || got[0].Index != 95 || got[1].LogEpoch != 2 || got[1].Index != 5 {
		t.Errorf("acknowledged %v, want 95 of log 1 and 5 of log 2", got)
	}
	r.restart()
	if a := r.connect("a").admit(1, 2, 1, 5); a.ResumeLogEpoch != 2 || a.ResumeAfter != 5 {
		t.Errorf("resumes in log %d after %d", a.ResumeLogEpoch, a.ResumeAfter)
	}
}

func TestAnAckNamesAControllerOnce(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.report(append(granted(1, 1, 1, 2), append(granted(2, 1, 1, 1), granted(1, 2, 1, 1)...)...)...)
	for _, m := range s.sent {
		seen := map[uint64]bool{}
		for _, p := range m.GetAck().GetTransactions() {
			if seen[p.Serial] {
				t.Errorf("controller %d twice in %v", p.Serial, m)
			}
			seen[p.Serial] = true
		}
	}
	if got := s.acks().Transactions; len(got) != 3 {
		t.Errorf("acknowledged %v, want three positions", got)
	}
}

func TestAnUnknownBodyIsStoredAndAcknowledged(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 2)
	newer := &pb.Event{Serial: 1, LogEpoch: 1, Index: 1}
	newer.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 7))
	seen := &pb.Event{Serial: 1, Number: 8}
	s.report(newer, seen, &pb.Event{Serial: 1, LogEpoch: 1, Index: 2,
		Body: &pb.Event_UnknownTransaction{UnknownTransaction: &pb.UnknownTransaction{Kind: 4711}}})
	if got := s.acks(); len(got.Transactions) != 1 || got.Transactions[0].Index != 2 || !slices.Equal(got.DriverEvents, []uint64{8}) {
		t.Errorf("acknowledged %v", got)
	}
	all := r.events()
	if all[0].Kind != "unknown" || !strings.Contains(string(all[0].Body), "uD4H") {
		t.Errorf("stored %s %s, want the bytes of the newer field", all[0].Kind, all[0].Body)
	}
	if last := all[2]; last.Kind != "unknown_transaction" || !strings.Contains(string(last.Body), "4711") {
		t.Errorf("stored %s %s", last.Kind, last.Body)
	}
}

func TestDriverEventsAreAcknowledgedByNumber(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	lost := func(n uint64) *pb.Event {
		return &pb.Event{Number: n, Body: &pb.Event_Lost{Lost: &pb.Lost{Results: n}}}
	}
	s.report(lost(3), lost(1))
	s.report(lost(3), lost(2))
	if got := s.acks().DriverEvents; !slices.Equal(got, []uint64{3, 1, 3, 2}) {
		t.Errorf("acknowledged %v", got)
	}
	r.connect("b").report(lost(3))
	if got := len(r.events()); got != 4 {
		t.Errorf("stored %d, want 3 of one instance and 1 of another", got)
	}
}

func TestAnEventWithoutANameIsNotAcknowledged(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.acks()
	s.report(&pb.Event{Serial: 1}, &pb.Event{Serial: 1 << 63, Index: 1}, &pb.Event{Serial: 1, Index: 1 << 63}, &pb.Event{Number: 1 << 63})
	if len(s.sent) != 0 || len(r.events()) != 0 {
		t.Errorf("sent %v, stored %v", s.sent, r.events())
	}
}
