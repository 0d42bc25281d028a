package act

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// diary is a panel.Recorder that keeps the kinds of what is logged.
type diary []scp.Kind

func (d *diary) Logged(e panel.Entry)     { *d = append(*d, e.Kind) }
func (d *diary) Executed(panel.Execution) {}
func (d *diary) Remember(panel.Memory)    {}

// Each act, behind what makes it matter, makes a panel log something.
func TestEachActIsNoticed(t *testing.T) {
	before := map[string]string{"pin": "swipe", "open-door": "exit", "close-door": "force-door", "secure-input": "cut-input",
		"close-cabinet": "open-cabinet", "restore-module": "lose-module", "restore-mains": "cut-mains"}
	for _, kind := range Kinds {
		d := &diary{}
		p := panel.New(panel.Options{Serial: 1, Recorder: d, Modes: map[uint32]int32{2: panel.ModeCardAndPIN},
			Cards: map[uint64]panel.Card{2: {PIN: 2, Doors: 0b1111}}})
		p.Start(time.Unix(1_700_000_000, 0))
		if first, ok := before[kind.Name]; ok {
			must(t, p, first)
		} else if kind.Name == "swipe" {
			p.Execute(1, scp.Command{Action: scp.DoorMode{Door: 2, Mode: panel.ModeCard}})
		}
		known := len(*d)
		if must(t, p, kind.Name); len(*d) == known {
			t.Errorf("%s: nothing was logged", kind.Name)
		}
	}
}

// must does an act with all its numbers 2.
func must(t *testing.T, p *panel.Panel, name string) {
	t.Helper()
	kind, known := Find(name)
	if !known {
		t.Fatalf("there is no %s", name)
	}
	numbers := map[string]uint64{}
	for _, need := range kind.Needs {
		numbers[need.Name] = 2
	}
	if err := (Act{name, numbers}).Do(p); err != nil {
		t.Error(err)
	}
}

func TestWhatMakesNoSense(t *testing.T) {
	type numbers = map[string]uint64
	for want, a := range map[string]Act{
		`"dance" is no act; there are swipe, pin`: {Name: "dance"},
		"swipe: card is missing":                  {"swipe", numbers{"reader": 1}},
		"swipe: reader 5 is not 1 to 4":           {"swipe", numbers{"reader": 5, "card": 1}},
		"exit: door 0 is not":                     {"exit", numbers{"door": 0}},
		"open-cabinet: module 3 is not 0 to 2":    {"open-cabinet", numbers{"module": 3}},
		"exit: 2 numbers are given, it takes 1":   {"exit", numbers{"door": 1, "card": 1}},
	} {
		d := &diary{}
		p := panel.New(panel.Options{Serial: 1, Recorder: d})
		p.Start(time.Unix(1_700_000_000, 0))
		if err := a.Do(p); err == nil || !strings.HasPrefix(err.Error(), want) || len(*d) != 1 {
			t.Errorf("%s: %v, %s", want, err, fmt.Sprint(*d))
		}
	}
}
