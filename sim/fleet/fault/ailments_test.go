package fault

import (
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// calls is Links that keeps what was asked of it.
type calls []string

func (c *calls) Drop()    { *c = append(*c, "drop") }
func (c *calls) Abandon() { *c = append(*c, "abandon") }
func (c *calls) Forsake() { *c = append(*c, "forsake") }
func (c *calls) DialTwice(on bool) {
	*c = append(*c, map[bool]string{true: "dial twice", false: "dial once"}[on])
}
func (c *calls) Babble([]byte) { *c = append(*c, "babble") }

// patient is a panel with a schedule of its own.
type patient struct {
	*Schedule
	Ailments
	calls
	panel *panel.Panel
	began time.Time
}

func newPatient(t *testing.T, lines ...string) *patient {
	p := &patient{Schedule: NewSchedule(1, []uint64{1}), panel: panel.New(panel.Options{Serial: 1, LogCapacity: 10}),
		began: time.Unix(1_700_000_000, 0)}
	p.panel.Start(p.began)
	started(t, p.Schedule, 0, lines...)
	return p
}

// live lets everything happen up to a second, and returns what was asked of the links.
func (p *patient) live(second int) string {
	now := time.Duration(second) * time.Second
	for m, ok := p.Next(now); ok; m, ok = p.Next(now) {
		p.panel.Advance(p.began.Add(m.At))
		p.Happen(m, &p.calls, p.panel)
	}
	asked := strings.Join(p.calls, ", ")
	p.calls = nil
	return asked
}

func TestAHealthyPanel(t *testing.T) {
	var a Ailments
	id := scp.Identity{MAC: "020000000001"}
	a.Introduce(&id)
	a.Watch(nil)
	if a.Deaf() || a.Mute() || a.Mishap(scp.Unlock{Door: 1}) != (panel.Mishap{}) || id.MAC != "020000000001" {
		t.Error("something is wrong with it")
	}
}

func TestMishapsAddUp(t *testing.T) {
	p := newPatient(t, "lost-reply", "slow-cards by 1s")
	p.live(0)
	if got := p.Mishap(scp.PutCard{}); got != (panel.Mishap{Lost: true, Slow: time.Second}) {
		t.Errorf("%+v", got)
	}
}

func TestChance(t *testing.T) {
	draw := func(seed uint64) (hits int, which string) {
		p := newPatient(t)
		p.Schedule = NewSchedule(seed, []uint64{1})
		started(t, p.Schedule, 0, "nak chance 20%")
		p.live(0)
		for range 1000 {
			if p.Mishap(scp.Unlock{}).Busy {
				hits++
				which += "x"
			} else {
				which += "."
			}
			p.Mishap(scp.Status{}) // is spared, and draws nothing
		}
		return hits, which
	}
	hits, first := draw(1)
	if hits < 150 || hits > 250 {
		t.Errorf("%d of 1000, want about 200", hits)
	}
	if _, again := draw(1); again != first {
		t.Error("one seed, two draws")
	}
	if _, other := draw(2); other == first {
		t.Error("two seeds, one draw")
	}
}

// Each time that a fault begins at a panel it draws anew.
func TestChanceIsDrawnAnewEachTime(t *testing.T) {
	p := newPatient(t, "nak chance 50% every 1s for 1s")
	seen := map[string]bool{}
	for second := 1; len(seen) < 5; second++ {
		var which string
		for p.live(second); p.has("nak") && len(which) < 60; {
			which += map[bool]string{true: "x", false: "."}[p.Mishap(scp.Unlock{}).Busy]
		}
		if seen[which] {
			t.Fatalf("%s came again", which)
		}
		seen[which] = which != ""
	}
}

// Of two that overlap, the panel is hit by the first and well again with the last.
func TestOverlappingFaults(t *testing.T) {
	p := newPatient(t, "power-loss at 1s for 3s", "power-loss at 2s for 5s", "half-open at 6s for 4s")
	for _, step := range []struct {
		second   int
		asked    string
		up, mute bool
	}{{1, "", false, true}, {2, "", false, true}, {4, "", false, true}, {6, "", false, true}, {7, "drop", false, true}, {10, "drop", true, false}} {
		if asked := p.live(step.second); asked != step.asked || p.panel.Up() != step.up || p.Mute() != step.mute {
			t.Errorf("after %d s: asked %q, up %v, mute %v", step.second, asked, p.panel.Up(), p.Mute())
		}
	}
}
