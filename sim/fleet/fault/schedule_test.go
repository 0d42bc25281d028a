package fault

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// parsed is a line that makes sense.
func parsed(t *testing.T, line string) Spec {
	t.Helper()
	spec, err := Parse(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return spec
}

// serials counts so many up from 1.
func serials(n uint64) (list []uint64) {
	for serial := range n {
		list = append(list, serial+1)
	}
	return list
}

func started(t *testing.T, s *Schedule, now time.Duration, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := s.Start(parsed(t, line), now); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

// takeDue takes all that is due: "12s 1 begins at 61000".
func takeDue(s *Schedule, now time.Duration) (list []string) {
	for m, ok := s.Next(now); ok; m, ok = s.Next(now) {
		what := "ends"
		if m.Begins {
			what = "begins"
		}
		list = append(list, fmt.Sprintf("%v %d %s at %d", m.At, m.Fault(), what, m.Serial))
	}
	return list
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestMoments(t *testing.T) {
	s := NewSchedule(1, serials(3))
	started(t, s, 5*time.Second, "half-open at 10s for 5s serial 1-2", "drop serial 3", "nak at 1m serial 2")
	if due, ok := s.Due(); !ok || due != 5*time.Second {
		t.Errorf("due after %v, %v", due, ok)
	}
	expect(t, "at once", takeDue(s, 5*time.Second), "5s 2 begins at 3")
	expect(t, "before", takeDue(s, 15*time.Second-1))
	expect(t, "late, but in order", takeDue(s, time.Hour), "15s 1 begins at 1", "15s 1 begins at 2", "20s 1 ends at 1",
		"20s 1 ends at 2", "1m5s 3 begins at 2")
	if due, ok := s.Due(); ok {
		t.Errorf("something is due after %v", due)
	}
	if got := fmt.Sprint(s.Faults()); got != "[{3 nak serial 2 at 1m0s 1 1 1}]" {
		t.Errorf("left: %s", got)
	}
}

func TestStop(t *testing.T) {
	s := NewSchedule(1, serials(2))
	started(t, s, 0, "half-open", "half-open every 1s for 1h", "drop every 1s", "nak at 1h")
	takeDue(s, time.Minute) // until both have fault 2
	for id := 1; id <= 4; id++ {
		if err := s.Stop(id, time.Minute); err != nil {
			t.Error(err)
		}
	}
	expect(t, "stopped", takeDue(s, time.Minute), "1m0s 1 ends at 1", "1m0s 1 ends at 2", "1m0s 2 ends at 1", "1m0s 2 ends at 2")
	expect(t, "and no more", takeDue(s, 100*time.Hour))
	if err := s.Stop(1, 0); err == nil || s.Faults() != nil {
		t.Errorf("%v, left %v", err, s.Faults())
	}
	started(t, s, 0, "drop")
	if got := s.Faults()[0].ID; got != 5 {
		t.Errorf("id %d was given before", got)
	}
}

func TestWhoIsHit(t *testing.T) {
	for line, want := range map[string]int{
		"drop": 200, "drop serial 5,7-9,1000": 4, "drop 10%": 20, "drop 50% serial 1-10": 5, "drop 1% serial 1-3": 1,
	} {
		s := NewSchedule(1, serials(200))
		if f, err := s.Start(parsed(t, line), 0); err != nil || f.Panels != want {
			t.Errorf("%s: %d panels, want %d (%v)", line, f.Panels, want, err)
		}
	}
	s := NewSchedule(1, serials(200))
	if _, err := s.Start(parsed(t, "drop serial 1000"), 0); err == nil || err.Error() != "serial: there is no panel with serial 1000" {
		t.Error(err)
	}
}

// The same seed and faults give the same moments, however often it is asked; another seed gives others.
func TestMomentsAreDecidedByTheSeed(t *testing.T) {
	history := func(seed uint64, step time.Duration) string {
		s := NewSchedule(seed, serials(20))
		started(t, s, 0, "half-open 30% every 10s for 3s", "drop every 20s", "nak 50% at 5s for 1m")
		var all []string
		for now := time.Duration(0); now <= 10*time.Minute; now += step {
			all = append(all, takeDue(s, now)...)
		}
		return strings.Join(all, "\n")
	}
	first := history(1, time.Millisecond)
	if history(1, time.Minute) != first {
		t.Error("one seed, asked rarely and often, gives two histories")
	}
	if history(2, time.Minute) == first {
		t.Error("two seeds give one history")
	}
}

func TestEvery(t *testing.T) {
	s := NewSchedule(1, serials(50))
	started(t, s, 0, "half-open every 10s for 5s")
	list := takeDue(s, time.Hour)
	const want = 50 * 3600 / 15
	if begun := s.Faults()[0].Times; begun < want*9/10 || begun > want*11/10 || len(list) < 2*begun-50 {
		t.Errorf("begun %d times, want about %d", begun, want)
	}
	open := map[string]bool{}
	for _, m := range list {
		_, what, _ := strings.Cut(m, " 1 ")
		verb, serial, _ := strings.Cut(what, " at ")
		if begins := verb == "begins"; open[serial] == begins {
			t.Fatalf("%s: it is %v there", m, open[serial])
		} else {
			open[serial] = begins
		}
	}
}
