// Package act is what people and things do at a simulated panel, by names: for whoever asks for it from outside of
// the process. It refuses doors, readers and other points that a panel does not have, and numbers that an act does not
// take.
package act

import (
	"fmt"
	"strings"

	"mercury-driver/sim/panel"
)

// Act is one of them: the name of its kind, and its numbers by theirs.
type Act struct {
	Name    string            `json:"act"`
	Numbers map[string]uint64 `json:"numbers,omitempty"`
}

// Kind is a kind of act, and the numbers that it needs.
type Kind struct {
	Name    string
	Summary string
	Needs   []Number
	do      func(p *panel.Panel, numbers []uint64) // in the order of Needs
}

// Number is one that an act needs, and its range.
type Number struct {
	Name        string
	Least, Most uint64
}

// Do does it. The error says what makes no sense; then nothing was done.
func (a Act) Do(p *panel.Panel) error {
	kind, numbers, err := a.understand()
	if err == nil {
		kind.do(p, numbers)
	}
	return err
}

// understand returns the numbers in the order in which the act's kind needs them.
func (a Act) understand() (kind Kind, numbers []uint64, err error) {
	kind, known := Find(a.Name)
	if !known {
		return kind, nil, fmt.Errorf("%q is no act; there are %s", a.Name, Names())
	}
	for _, need := range kind.Needs {
		n, given := a.Numbers[need.Name]
		if !given {
			return kind, nil, fmt.Errorf("%s: %s is missing", a.Name, need.Name)
		}
		if n < need.Least || n > need.Most {
			return kind, nil, fmt.Errorf("%s: %s %d is not %d to %d", a.Name, need.Name, n, need.Least, need.Most)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) != len(a.Numbers) {
		return kind, nil, fmt.Errorf("%s: %d numbers are given, it takes %d", a.Name, len(a.Numbers), len(numbers))
	}
	return kind, numbers, nil
}

// Find finds a kind by its name.
func Find(name string) (Kind, bool) {
	for _, k := range Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Names are those of all kinds, in one line.
func Names() string {
	var names []string
	for _, k := range Kinds {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}
