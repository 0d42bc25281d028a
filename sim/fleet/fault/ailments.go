package fault

import (
	"math/rand/v2"
	"slices"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// Ailments are the faults that one panel has at present. The zero value is a healthy panel. The owner of the panel
// lets moments happen, and asks for the rest where it acts for the panel.
type Ailments struct{ list []ailment }

type ailment struct {
	fault  int
	kind   kind
	by     time.Duration
	share  float64 // of commands
	chance *rand.Rand
}

// Happen lets a fault begin or end at the panel, which was told the time. Where two of one kind overlap, the panel
// is hit when the first begins, and is well when the last ends.
func (a *Ailments) Happen(m Moment, links Links, p *panel.Panel) {
	k, h := m.fault.kind, hit{links, p, m.fault.Spec.By, m.chance}
	switch {
	case !k.lasts:
		k.begin(h)
	case m.Begins:
		had := a.has(k.name)
		a.list = append(a.list, ailment{m.fault.ID, k, m.fault.Spec.By, m.fault.Spec.Chance, m.chance})
		if k.begin != nil && !had {
			k.begin(h)
		}
	default:
		a.list = slices.DeleteFunc(a.list, func(x ailment) bool { return x.fault == m.fault.ID })
		if k.end != nil && !a.has(k.name) {
			k.end(h)
		}
	}
}

// Kinds are the names of the faults that the panel has, in the order in which they began.
func (a *Ailments) Kinds() []string {
	names := make([]string, 0, len(a.list))
	for _, x := range a.list {
		names = append(names, x.kind.name)
	}
	return names
}

func (a *Ailments) has(kind string) bool {
	return slices.ContainsFunc(a.list, func(x ailment) bool { return x.kind.name == kind })
}

// Mishap draws what goes wrong with a command that has come.
func (a *Ailments) Mishap(action scp.Action) (m panel.Mishap) {
	for _, x := range a.list {
		if x.kind.mishap != nil && !x.kind.spared(action) && (x.share == 0 || x.chance.Float64() < x.share) {
			x.kind.mishap(&m, x.by)
		}
	}
	return m
}

func (k kind) spared(action scp.Action) bool { return k.spares != nil && k.spares(action) }

// Deaf reports whether the panel takes no bytes from its links.
func (a *Ailments) Deaf() bool {
	return slices.ContainsFunc(a.list, func(x ailment) bool { return x.kind.deaf })
}

// Mute reports whether the panel sends no bytes, and dials no link.
func (a *Ailments) Mute() bool {
	return slices.ContainsFunc(a.list, func(x ailment) bool { return x.kind.mute })
}

// Introduce changes what the panel says of itself when it dials.
func (a *Ailments) Introduce(id *scp.Identity) {
	for _, x := range a.list {
		if x.kind.introduce != nil {
			x.kind.introduce(id)
		}
	}
}

// Watch is called after whatever the panel did.
func (a *Ailments) Watch(p *panel.Panel) {
	for _, x := range a.list {
		if x.kind.watch != nil {
			x.kind.watch(p)
		}
	}
}
