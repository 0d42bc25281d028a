package fault

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// Links are the links of one panel, as faults see them.
type Links interface {
	// Drop ends all links; the panel dials again.
	Drop()
	// Abandon leaves the link open and silent, and lets the panel dial another one; Forsake closes what was left
	// open.
	Abandon()
	Forsake()
	// DialTwice gives the panel a second link beside the one it has, or takes that away.
	DialTwice(on bool)
	// Babble says bytes on the links, between two frames.
	Babble(b []byte)
}

// hit is a fault at one panel, at the moment when it begins or ends there.
type hit struct {
	links  Links
	panel  *panel.Panel // it knows the time
	by     time.Duration
	chance *rand.Rand // nil at the end
}

// kind is one kind of fault.
type kind struct {
	name    string
	summary string
	lasts   bool   // it has an end; else it is over at once
	by      string // what its measure is; "": it has none
	signed  bool   // the measure may be less than nothing

	// What it does at once, and when it ends; nil: nothing.
	begin, end func(h hit)

	// What it does to each command that it hits. spares are those that it never does.
	mishap func(m *panel.Mishap, by time.Duration)
	spares func(a scp.Action) bool

	// What is so while it lasts.
	deaf      bool                   // the panel takes no bytes from its links
	mute      bool                   // nor does it send any, or dial
	introduce func(id *scp.Identity) // how the panel says who it is
	watch     func(p *panel.Panel)   // what comes of whatever the panel does
}

// kinds are all there are, in the order in which they are shown.
var kinds = slices.Concat(ofCommands, ofLinks, ofPanels)

func find(name string) (kind, bool) {
	for _, k := range kinds {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

func names() string {
	var list []string
	for _, k := range kinds {
		list = append(list, k.name)
	}
	return strings.Join(list, ", ")
}

// Kind is what there is to know of a kind of fault before it is asked for.
type Kind struct {
	Name     string
	Summary  string
	By       string // what its measure is, which must be said then; "": it has none
	Commands bool   // it hits commands, or a share of them
	Lasts    bool   // it can be said for how long
}

// Kinds are all kinds of faults.
func Kinds() (list []Kind) {
	for _, k := range kinds {
		list = append(list, Kind{k.name, k.summary, k.by, k.mishap != nil, k.lasts})
	}
	return list
}
