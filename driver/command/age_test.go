package command

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	a := newAge(start)
	if a.ping(at(1)) != "1" || a.ping(at(2)) != "2" || a.ping(at(3)) != "3" {
		t.Fatal("pings are not numbered from 1")
	}
	for _, step := range []struct {
		name, pong string
		answers    bool
		after      int
	}{
		{"no number", "PONG", false, 0},
		{"never sent", "4", false, 0},
		{"zero", "0", false, 0},
		{"the first", "1", true, 1},
		{"the first again", "1", false, 1},
		{"one is skipped", "3", true, 3},
		{"the skipped one", "2", false, 3},
		{"a huge one", "18446744073709551615", false, 3},
	} {
		t.Run(step.name, func(t *testing.T) {
			if a.pong(step.pong) != step.answers || !a.bornAfter().Equal(at(step.after)) {
				t.Errorf("bound is %v after the start", a.bornAfter().Sub(start))
			}
		})
	}
	if a.ping(at(4)) != "4" || !a.pong("4") || !a.bornAfter().Equal(at(4)) {
		t.Error("numbering does not go on")
	}
}
