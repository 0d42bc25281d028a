package desk_test

import (
	"slices"
	"testing"

	"mercury-driver/sim/app/desk"
)

// The database was lost while two processes that the controller had left kept something of its log, which was erased
// then. What lay between had been stored and let go of: nobody brings it any more, or says that it is missing. What came
// behind, and the log after it, went with the erasing: the app knew of nothing when it was asked where to go on.
func TestAHoleInALogThatIsOver(t *testing.T) {
	for name, order := range map[string][3]int{
		"the new log comes first":   {0, 1, 2},
		"the new log comes between": {1, 0, 2},
		"the new log comes last":    {1, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			holder, one, other := r.connect("holder"), r.connect("one"), r.connect("other")
			holder.admit(1, 3, 1, 1)
			for _, i := range order {
				[]func(){
					func() { holder.report(granted(1, 3, 1, 1)...) },
					func() { one.report(granted(1, 1, 126, 126)...) },
					func() { other.report(granted(1, 1, 141, 144)...) },
				}[i]()
			}
			if one, other := one.acked(), other.acked(); one != 126 || other != 144 {
				t.Errorf("acknowledged %d and %d, want 126 and 144", one, other)
			}
			logs, err := r.store.History(1)
			if err != nil || missing(logs[1], 126) || !missing(logs[1], 127) || !missing(logs[1], 140) || !missing(logs[1], 145) {
				t.Errorf("gaps %v, %v, want 127 to 140, and all from 145 on", logs[1].Gaps, err)
			}
			if want := []desk.Run{{First: 1}}; !slices.Equal(logs[2].Gaps, want) || len(logs[3].Gaps) > 0 {
				t.Errorf("gaps of the next logs are %v and %v, want %v and none", logs[2].Gaps, logs[3].Gaps, want)
			}
		})
	}
}

func missing(log desk.Log, index uint64) bool {
	return slices.ContainsFunc(log.Gaps, func(g desk.Run) bool { return g.First <= index && (g.Last == 0 || index <= g.Last) })
}

func TestAHoleInALogThatIsOverAndWasAskedFor(t *testing.T) {
	r := newRig(t)
	r.connect("a").admit(1, 1, 1, 144) // and died
	holder, other := r.connect("holder"), r.connect("other")
	holder.admit(1, 2, 1, 1)
	holder.report(granted(1, 2, 1, 1)...)
	other.report(granted(1, 1, 141, 144)...)
	if got := other.acked(); got != 144 {
		t.Errorf("acknowledged %d, want 144", got)
	}
}

// Where logs are counted an acknowledgement names none: one of the old log's end would be one of the present log.
func TestAHoleInACountedLogThatIsOver(t *testing.T) {
	r := newRig(t)
	s := r.connect("a", withoutLogEpochs)
	old := s.admit(1, 0, 1, 9).LeaseEpoch
	s.report(under(old, granted(1, 0, 1, 3)...)...)
	s.report(under(old, granted(1, 0, 7, 9)...)...)
	young := s.admit(1, 0, 1, 2).LeaseEpoch
	s.acks()
	s.report(under(young, granted(1, 0, 1, 2)...)...)
	if got := s.acks().Transactions; len(got) != 1 || got[0].Index != 2 {
		t.Errorf("acknowledged %v, want 2", got)
	}
}
