package footprint

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// A command that is still under way counts as what it has taken so far, or those that take longest would not count.
func TestLateCountsWhatIsUnderWay(t *testing.T) {
	l := new(live)
	for range 95 {
		l.took = append(l.took, time.Millisecond)
	}
	if late := l.late(); late != time.Millisecond {
		t.Errorf("late by %v when all took 1 ms", late)
	}
	for i := range 5 {
		l.sent[i] = time.Now().Add(-time.Hour)
	}
	if late := l.late(); late < time.Hour {
		t.Errorf("late by %v when 5 %% took an hour so far", late)
	}
}

func TestAStrikeEndsWhatItsPanelWasSent(t *testing.T) {
	l := new(live)
	l.sent[7] = time.Now().Add(-time.Second)
	s := strike{l, 7}
	s.Executed(panel.Execution{Command: scp.Command{Action: scp.Status{}}, Result: scp.ReplyOK})
	s.Executed(panel.Execution{Command: scp.Command{Action: scp.Unlock{}}, Result: scp.ReplyNAK})
	if len(l.took) != 0 {
		t.Fatalf("took %v before the door was unlocked", l.took)
	}
	s.Executed(panel.Execution{Command: scp.Command{Action: scp.Unlock{}}, Result: scp.ReplyOK})
	if len(l.took) != 1 || l.took[0] < time.Second || !l.sent[7].IsZero() {
		t.Errorf("took %v, and %v is under way", l.took, l.sent[7])
	}
}
