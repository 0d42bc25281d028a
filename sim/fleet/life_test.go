package fleet

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// diary is a Recorder that keeps entries.
type diary struct{ entries []panel.Entry }

func (d *diary) Logged(e panel.Entry)     { d.entries = append(d.entries, e) }
func (d *diary) Executed(panel.Execution) {}
func (d *diary) Remember(panel.Memory)    {}

// lived is a panel with the people's cards and a life that began in the morning.
func lived(script string, quota int, seed uint64, modes map[uint32]int32) (*life, *panel.Panel, *diary) {
	return livedAt(scenarios[script].rate, script, quota, seed, modes)
}

func livedAt(rate float64, script string, quota int, seed uint64, modes map[uint32]int32) (*life, *panel.Panel, *diary) {
	d := &diary{}
	p := panel.New(panel.Options{Serial: 1, Cards: installedCards, Modes: modes, Recorder: d})
	p.Start(morning)
	l := newLife(scenarios[script], rate, quota, rand.New(rand.NewPCG(seed, 1)))
	l.forget(p)
	l.begin(morning)
	d.entries = nil
	return l, p, d
}

func TestScenariosRaiseExactlyTheirQuota(t *testing.T) {
	modes := []map[uint32]int32{installedModes,
		{1: panel.ModeHost, 2: panel.ModeHost, 3: panel.ModeHost, 4: panel.ModeHost},
		{1: panel.ModeLocked, 2: panel.ModeUnlocked, 3: panel.ModeCardAndPIN, 4: panel.ModeHost}}
	for _, script := range []string{"rush", "storm", "backlog", "day"} {
		for _, quota := range []int{1, 2, 3, 7, 20, 333} {
			for i, modes := range modes {
				l, p, d := lived(script, quota, uint64(quota), modes)
				at := morning
				for _, more := l.due(); more && at.Before(morning.Add(10*time.Hour)); _, more = l.due() {
					at = at.Add(time.Second)
					l.live(p, at)
				}
				l.live(p, p.Clock().Add(time.Hour)) // nothing more may come
				if _, more := l.due(); more || len(d.entries) != quota || l.raised != quota {
					t.Errorf("%s, modes %d: %d logged, %d counted, of %d; more to come: %v", script, i, len(d.entries), l.raised, quota, more)
				}
			}
		}
	}
}

// What a host makes the panel do is not the script's.
func TestCommandsDoNotCountAsRaised(t *testing.T) {
	l, p, _ := lived("rush", 50, 1, nil)
	for second := range 1000 {
		l.live(p, morning.Add(time.Duration(second)*time.Second))
		if second%10 == 0 {
			p.Execute(1, scp.Command{Action: scp.Unlock{Door: 1}})
			l.forget(p)
		}
	}
	if l.raised != 50 || p.Logged() != 1+100+50 {
		t.Errorf("%d raised, %d logged", l.raised, p.Logged())
	}
}

// The same seed tells the same stories, however often and late life is called.
func TestLifeIsDecidedByItsSeed(t *testing.T) {
	tell := func(script string, seed uint64, step time.Duration) string {
		l, p, d := lived(script, 0, seed, installedModes)
		for at := morning; at.Before(morning.Add(10 * time.Minute)); {
			at = at.Add(step)
			l.live(p, at)
		}
		return fmt.Sprint(d.entries)
	}
	for _, script := range []string{"rush", "storm", "day"} {
		first := tell(script, 7, time.Millisecond)
		if tell(script, 7, 10*time.Minute) != first {
			t.Errorf("%s: one seed, called rarely and often, makes two logs", script)
		}
		if tell(script, 8, time.Minute) == first {
			t.Errorf("%s: two seeds make the same log", script)
		}
	}
}

func TestScenariosKeepTheirRate(t *testing.T) {
	for script, want := range map[string]float64{"idle": 0, "rush": 1, "storm": 10, "backlog": 1, "day": 0.15} {
		l, p, d := lived(script, 0, 3, installedModes)
		l.live(p, morning.Add(5*time.Hour))
		if got := float64(len(d.entries)) / 5 / 3600; got < want*0.95 || got > want*1.05 {
			t.Errorf("%s: %.2f transactions a second, want about %.2f", script, got, want)
		}
	}
}

// Who finds no door free for long goes away.
func TestFewWait(t *testing.T) {
	l := newLife(scenarios["rush"], 1, 0, rand.New(rand.NewPCG(1, 1)))
	l.begin(morning)
	now := morning.Add(time.Hour)
	l.await(now)
	if waited := now.Sub(l.arrival); waited > mostWaiting*l.gap || l.next.Before(now) {
		t.Errorf("the next has waited for %v already, and looks for a door at %v", waited, l.next)
	}
}

func TestTheRarestLife(t *testing.T) {
	if l := newLife(scenarios["rush"], 1e-12, 0, rand.New(rand.NewPCG(1, 1))); l.gap != mostRare {
		t.Errorf("a visitor each %v", l.gap)
	}
}

// However hurried, a panel is never silent, and keeps about its rate.
func TestAHurriedLifeKeepsItsRate(t *testing.T) {
	for _, script := range []string{"rush", "storm", "day"} {
		for _, rate := range []float64{10, 70} {
			l, p, d := livedAt(rate, script, 0, 3, installedModes)
			silent := 0
			for second := range 1000 {
				before := len(d.entries)
				l.live(p, morning.Add(time.Duration(second+1)*time.Second))
				if len(d.entries) == before {
					silent++
				}
			}
			if got := float64(len(d.entries)) / 1000; got < rate*0.95 || got > rate*1.05 || silent > 20 {
				t.Errorf("%s: %.2f transactions a second, want about %.0f; %d of 1000 seconds were silent", script, got, rate, silent)
			}
		}
	}
}

func TestADayHasABitOfEverything(t *testing.T) {
	l, p, d := lived("day", 0, 3, installedModes)
	l.live(p, morning.Add(100*time.Hour))
	kinds, reasons := map[scp.Kind]bool{}, map[int32]bool{}
	for _, e := range d.entries {
		kinds[e.Kind] = true
		if e.Kind == scp.AccessDenied {
			reasons[e.Value] = true
		}
	}
	want := []scp.Kind{scp.AccessGranted, scp.AccessDenied, scp.UnknownCredential, scp.Duress, scp.DoorPosition,
		scp.DoorForced, scp.DoorHeld, scp.ExitRequest, scp.InputChange, scp.ModuleComm, scp.Tamper, scp.Power}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, want) {
		t.Errorf("kinds %v\nwant  %v", got, want)
	}
	if got := slices.Sorted(maps.Keys(reasons)); !slices.Equal(got, []int32{panel.DenyNoAccess, panel.DenyNotValidNow, panel.DenyWrongPIN}) {
		t.Errorf("denied for %v", got)
	}
}
