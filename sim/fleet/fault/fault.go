// Package fault is what goes wrong with simulated panels: what it is, at which of them, when, and for how
// long. A fault is said in one line of words, the same on a command line, in a script and over the control API:
//
//	half-open serial 61000,61010-61019 at 12s for 5s
//
// One kind of fault is one entry among ofCommands, ofLinks or ofPanels. It does what it does in one of three ways: by an act on
// the panel or its link when it begins and ends, by a mishap of each command, or by what Ailments say of the panel
// while it lasts.
//
// Everything in here is pure: a Schedule is told the time and says what is due, from a seed; whoever owns the
// panels and their links (package fleet, or a simulation of the whole system) lets it happen. The same seed and
// the same faults give the same moments at the same panels.
package fault

import (
	"fmt"
	"time"
)

// Spec is a fault as it was asked for. Its zero values are those of a line that does not say them.
type Spec struct {
	Kind    string
	Serials Serials       // the panels; nil: all
	Share   float64       // of those, drawn by the seed, 0 to 1; 0: all
	At      time.Duration // when it begins, after it was started
	For     time.Duration // how long it lasts; 0: until it is stopped
	Every   time.Duration // again and again at each panel, at random, this far apart on average; 0: once
	Chance  float64       // share of commands that it hits, 0 to 1; 0: all
	By      time.Duration // by how much; each kind says what that means
}

// Error is a word of a fault that makes no sense.
type Error struct {
	Word string // the name of the word, or "" for the kind
	Text string
}

func (e *Error) Error() string {
	if e.Word == "" {
		return e.Text
	}
	return e.Word + ": " + e.Text
}

func wrong(word, format string, args ...any) error { return &Error{word, fmt.Sprintf(format, args...)} }

// Check says what is wrong with a fault, as an *Error.
func (s Spec) Check() error {
	k, known := find(s.Kind)
	switch {
	case s.Kind == "":
		return wrong("", "no kind of fault is named; there are %s", names())
	case !known:
		return wrong("", "%q is no kind of fault; there are %s", cut(s.Kind), names())
	case k.by == "" && s.By != 0:
		return wrong("by", "%s knows no measure", s.Kind)
	case k.by != "" && s.By == 0:
		return wrong("by", "missing: %s", k.by)
	case !k.signed && s.By < 0:
		return wrong("by", "%v is less than none", s.By)
	case k.mishap == nil && s.Chance != 0:
		return wrong("chance", "%s is no fault of commands", s.Kind)
	case !k.lasts && s.For != 0 && s.Every != 0:
		return wrong("for", "%s is over at once; what comes every so often ends with fault stop", s.Kind)
	case !k.lasts && s.For != 0:
		return wrong("for", "%s is over at once", s.Kind)
	case k.lasts && s.Every != 0 && s.For == 0:
		return wrong("for", "missing: how long each time that comes every so often")
	}
	return nil
}
