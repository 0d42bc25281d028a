package desk_test

import (
	"fmt"
	"strings"
	"testing"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// under is events as they were seen under a lease.
func under(lease uint64, events ...*pb.Event) []*pb.Event {
	for _, ev := range events {
		ev.LeaseEpoch = lease
	}
	return events
}

// wantStored looks for transactions, in the order of storing, and gaps: "0/1 0/2 0/3-?".
func (r *rig) wantStored(want string) {
	r.t.Helper()
	var got []string
	for _, e := range r.events() {
		switch {
		case e.Index > 0:
			got = append(got, fmt.Sprintf("%d/%d", e.LogEpoch, e.Index))
		case e.Kind == "gap":
			got = append(got, fmt.Sprintf("%d/gap", e.LogEpoch))
		}
	}
	if text := strings.Join(got, " "); text != want {
		r.t.Errorf("stored %s, want %s", text, want)
	}
}

// Without log epochs a controller's second log has the names of its first: the app counts for itself.
func TestALibraryWithoutLogEpochs(t *testing.T) {
	r := newRig(t)
	s := r.connect("a", withoutLogEpochs)
	lease := s.admit(1, 0, 1, 5).LeaseEpoch
	s.report(under(lease, granted(1, 0, 1, 5)...)...)
	if got := s.acks().Transactions; len(got) != 1 || got[0].LogEpoch != 0 || got[0].Index != 5 {
		t.Fatalf("acknowledged %v, want 5 of log 0", got)
	}
	a := s.admit(1, 0, 1, 2)
	if a.ResumeAfter != 0 || a.ResumeLogEpoch != 0 {
		t.Fatalf("resumes in log %d after %d, want the erased log from its start", a.ResumeLogEpoch, a.ResumeAfter)
	}
	r.restart()
	s = r.connect("a", withoutLogEpochs)
	s.report(under(a.LeaseEpoch, granted(1, 0, 1, 2)...)...)
	if got := s.acks().Transactions; len(got) != 1 || got[0].LogEpoch != 0 || got[0].Index != 2 {
		t.Errorf("acknowledged %v, want 2 of log 0", got)
	}
	r.wantStored("0/gap 0/1 0/2 0/3 0/4 0/5 1/1 1/2")
}

func TestLateEntriesOfAnErasedLog(t *testing.T) {
	for name, between := range map[string]func(*rig){
		"without a restart":             func(*rig) {},
		"over a restart":                (*rig).restart,
		"over a restart and more later": func(r *rig) { r.restart(); r.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			s := r.connect("old", withoutLogEpochs)
			old := s.admit(1, 0, 1, 5).LeaseEpoch
			s.report(under(old, granted(1, 0, 1, 3)...)...)
			young := r.connect("young", withoutLogEpochs).admit(1, 0, 1, 2).LeaseEpoch
			between(r)

			s = r.connect("old", withoutLogEpochs)
			s.report(under(old, granted(1, 0, 4, 5)...)...)
			if got := s.acked(); got != 5 {
				t.Errorf("acknowledged %d of the erased log, want 5", got)
			}
			s.report(under(old, gap(1, 1, 0, 6, 7))...)
			s = r.connect("young", withoutLogEpochs)
			s.report(under(young, granted(1, 0, 1, 2)...)...)
			if got := s.acked(); got != 2 {
				t.Errorf("acknowledged %d of the new log, want 2", got)
			}
			r.wantStored("0/gap 0/gap 0/1 0/2 0/3 0/4 0/5 1/1 1/2")
			between(r)
			if got := r.connect("young", withoutLogEpochs).admit(1, 0, 1, 3).ResumeAfter; got != 2 {
				t.Errorf("resumes after %d, want 2 of the new log", got)
			}
		})
	}
}

// The erase was noticed under a lease that brought nothing; since then the log has outgrown the erased one.
func TestAnEraseIsNotForgottenBeforeItsLogIsStored(t *testing.T) {
	for name, between := range map[string]func(*rig){"without a restart": func(*rig) {}, "over a restart": (*rig).restart} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			s := r.connect("a", withoutLogEpochs)
			s.report(under(s.admit(1, 0, 1, 3).LeaseEpoch, granted(1, 0, 1, 3)...)...)
			s.admit(1, 0, 1, 1)
			between(r)
			s = r.connect("a", withoutLogEpochs)
			again := s.admit(1, 0, 1, 5)
			if again.ResumeAfter != 0 {
				t.Errorf("resumes after %d, want the new log from its start", again.ResumeAfter)
			}
			s.report(under(again.LeaseEpoch, granted(1, 0, 1, 5)...)...)
			r.wantStored("0/gap 0/1 0/2 0/3 1/1 1/2 1/3 1/4 1/5")
		})
	}
}
