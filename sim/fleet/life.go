package fleet

import (
	"math"
	"math/rand/v2"
	"time"

	"mercury-driver/sim/panel"
)

// About how long a visit takes, and how many transactions it raises.
const (
	naturalVisit = 5 * time.Second
	usualVisit   = 3
)

// mostWaiting is how many visitors wait, about, where doors do not get free; more do not stay.
const mostWaiting = 10

// life is what happens at one panel: visits, one at a door at a time, from a script and a seed. It is
// a pure state machine beside its panel, and does everything at the planned time, however late it is
// called: the same seed makes the same log.
type life struct {
	rng    *rand.Rand
	script scenario
	gap    time.Duration // mean time between visitors, 1 ms at least
	pace   float64       // visits take this part of their natural time, so that doors get free
	quota  int           // how many transactions to raise; 0: without end

	raised  int
	seen    uint64    // what the panel had logged when it was last counted
	arrival time.Time // of the next visitor
	next    time.Time // when that one looks for a free door; zero: no more come
	plan    []planned
	doors   [panel.Doors]occupied
	lidOpen bool // of the cabinet, for lastOne
}

// planned is an act of a visit that goes on.
type planned struct {
	at   time.Time
	door uint32
	do   func(p *panel.Panel)
}

// occupied is a door's visit: how many acts are to come, and how much it may raise.
type occupied struct{ acts, most int }

// newLife makes the life of one panel; rate is transactions a second, above 0 where the script has visits.
func newLife(script scenario, rate float64, quota int, rng *rand.Rand) *life {
	l := &life{rng: rng, script: script, quota: quota}
	if len(script.visits) > 0 {
		l.gap = max(time.Millisecond, script.gap(rate))
		l.pace = min(1, float64(l.gap)*panel.Doors/2/float64(naturalVisit))
	}
	return l
}

// begin sets life going.
func (l *life) begin(now time.Time) {
	if l.gap > 0 {
		l.arrival = now
		l.await(now)
	}
}

// due is when something happens next; false when nothing will.
func (l *life) due() (time.Time, bool) {
	at := l.next
	for _, a := range l.plan {
		if at.IsZero() || a.at.Before(at) {
			at = a.at
		}
	}
	return at, !at.IsZero()
}

// live brings the panel up to now. What it logs meanwhile counts as raised.
func (l *life) live(p *panel.Panel, now time.Time) {
	for at, ok := l.due(); ok && !at.After(now); at, ok = l.due() {
		p.Advance(at)
		l.actDue(p, at)
		l.count(p)
		if at.Equal(l.next) {
			l.visit(p, at)
		}
	}
	p.Advance(now)
	l.count(p)
}

func (l *life) count(p *panel.Panel) {
	l.raised += int(p.Logged() - l.seen)
	l.forget(p)
	if l.quota > 0 && l.raised >= l.quota {
		l.raised, l.next = l.quota, time.Time{}
	}
}

// forget leaves out of the count what others made the panel log.
func (l *life) forget(p *panel.Panel) { l.seen = p.Logged() }

// actDue does the acts of a moment.
func (l *life) actDue(p *panel.Panel, at time.Time) {
	rest := l.plan[:0]
	for _, a := range l.plan {
		if a.at.After(at) {
			rest = append(rest, a)
			continue
		}
		l.doors[a.door-1].acts--
		a.do(p)
	}
	if l.plan = rest; len(rest) == 0 {
		l.plan = nil
	}
}

// await lets the next visitor come, however long the one before had to wait.
func (l *life) await(now time.Time) {
	l.arrival = l.arrival.Add(l.wait())
	if stays := now.Add(-mostWaiting * l.gap); l.arrival.Before(stays) {
		l.arrival = stays
	}
	if l.next = l.arrival; l.next.Before(now) {
		l.next = now
	}
}

// visit begins a visit at a free door, if the quota has room for all that it may raise. Who finds no door free waits.
func (l *life) visit(p *panel.Panel, at time.Time) {
	free := l.freeDoors(p)
	if len(free) == 0 {
		l.next = at.Add(l.gap/8 + time.Millisecond)
		return
	}
	l.await(at)
	v, ok := l.choose(l.room(), len(free) < panel.Doors)
	if !ok {
		return
	}
	door := free[l.rng.IntN(len(free))]
	acts := v.acts(l, door)
	l.doors[door-1] = occupied{acts: len(acts), most: v.most}
	for _, a := range acts {
		l.plan = append(l.plan, planned{at.Add(a.after), door, a.do})
	}
}

// freeDoors are the doors whose visits are over: nothing more will come of them.
func (l *life) freeDoors(p *panel.Panel) (free []uint32) {
	for i := range l.doors {
		if d := &l.doors[i]; d.acts == 0 && p.AtRest(uint32(i+1)) {
			d.most = 0
			free = append(free, uint32(i+1))
		}
	}
	return free
}

// room is how many transactions may be raised beyond those of the visits that go on.
func (l *life) room() int {
	if l.quota == 0 {
		return math.MaxInt
	}
	room := l.quota - l.raised
	for _, d := range l.doors {
		room -= d.most
	}
	return room
}

// choose draws a visit that raises no more than there is room for. The last few transactions wait until no
// other visit is going on.
func (l *life) choose(room int, busy bool) (visit, bool) {
	weight := 0
	for _, w := range l.script.visits {
		if l.fits(w.visit, room) {
			weight += w.weight
		}
	}
	if weight == 0 {
		return lastOne, !busy && room > 0
	}
	at := l.rng.IntN(weight)
	for _, w := range l.script.visits {
		if !l.fits(w.visit, room) {
			continue
		}
		if at -= w.weight; at < 0 {
			return w.visit, true
		}
	}
	return visit{}, false
}

// fits reports whether a visit raises no more than there is room for, nor lasts longer than the rest of the
// quota takes anyway. In a hurried life no visit keeps its time: such would soon have all doors, and nothing came.
func (l *life) fits(v visit, room int) bool {
	if l.pace < 1 && v.lasts > 0 {
		return false
	}
	rest := float64(room) / usualVisit * float64(l.gap)
	return v.most <= room && float64(v.lasts) <= rest
}

// wait draws the time to the next visit.
func (l *life) wait() time.Duration {
	return time.Duration(l.rng.ExpFloat64()*float64(l.gap-time.Millisecond)) + time.Millisecond
}

// between draws a time, in milliseconds.
func (l *life) between(low, high int64) time.Duration {
	return time.Duration(low+l.rng.Int64N(high-low)) * time.Millisecond
}

// paced shortens a visit in a hurried life.
func (l *life) paced(acts []act) []act {
	for i := range acts {
		acts[i].after = time.Duration(float64(acts[i].after) * l.pace)
	}
	return acts
}
