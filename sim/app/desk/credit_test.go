package desk_test

import (
	"slices"
	"testing"
)

// credits are the grants since the last look.
func (s *stream) credits() (granted []uint32) {
	for _, m := range s.sent {
		if c := m.GetCredit(); c != nil {
			granted = append(granted, c.Transactions)
		}
	}
	s.sent = nil
	return granted
}

// An app that lost its database can't acknowledge what lies behind the hole. What fills that, on this stream or another
// one, needs credit too.
func TestWhatCannotBeAcknowledgedIsLent(t *testing.T) {
	r := newRig(t)
	one, other := r.connect("one"), r.connect("other")
	want := func(s *stream, credits ...uint32) {
		t.Helper()
		if got := s.credits(); !slices.Equal(got, credits) {
			t.Errorf("granted %v, want %v", got, credits)
		}
	}
	one.credits()
	other.admit(1, 1, 1, 60)
	one.report(granted(1, 1, 41, 50)...)
	want(one, 1024+10)
	one.report(granted(1, 1, 51, 52)...)
	want(one, 1024+12)
	other.report(granted(1, 1, 53, 53)...)
	want(other, 1024+1)
	other.report(granted(1, 1, 1, 20)...)
	want(other, 1024+13) // it may have brought all of them
	want(one)
	other.report(granted(1, 1, 21, 40)...)
	want(other, 1024)
	want(one, 1024)
}

// What held others back can't be had any more: nothing comes that would have them acknowledged.
func TestWhatWasHeldBackIsAcknowledgedWithTheAdmission(t *testing.T) {
	r := newRig(t)
	s := r.connect("one")
	s.admit(1, 1, 1, 60)
	s.report(granted(1, 1, 41, 50)...)
	if s.acked() != 0 {
		t.Fatalf("acknowledged %d", s.acked())
	}
	s.admit(1, 1, 41, 60)
	if s.acked() != 50 {
		t.Errorf("acknowledged %d, want 50", s.acked())
	}
}
