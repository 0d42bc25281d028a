package act

import (
	"math"

	"mercury-driver/sim/panel"
)

var (
	reader  = Number{"reader", 1, panel.Doors}
	door    = Number{"door", 1, panel.Doors}
	input   = Number{"input", 1, panel.Inputs}
	module  = Number{"module", 1, panel.Modules}
	cabinet = Number{"module", 0, panel.Modules} // 0 is the panel's own
	card    = Number{"card", 1, math.MaxInt64}
	pin     = Number{"pin", 1, 99_999_999}
)

// Kinds are all that can be done at a panel.
var Kinds = []Kind{
	{"swipe", "present a card", []Number{reader, card}, func(p *panel.Panel, n []uint64) { p.Swipe(uint32(n[0]), n[1]) }},
	{"pin", "enter a PIN behind a card", []Number{reader, pin}, func(p *panel.Panel, n []uint64) { p.EnterPIN(uint32(n[0]), uint32(n[1])) }},
	{"open-door", "push a door, which opens when it is unlocked", []Number{door}, at((*panel.Panel).OpenDoor)},
	{"close-door", "close a door", []Number{door}, at((*panel.Panel).CloseDoor)},
	{"force-door", "break a door open", []Number{door}, at((*panel.Panel).ForceDoor)},
	{"exit", "press an exit button", []Number{door}, at((*panel.Panel).PressExit)},
	{"secure-input", "put an input at rest", []Number{input}, to(panel.InputSecure)},
	{"activate-input", "set an input off", []Number{input}, to(panel.InputActive)},
	{"cut-input", "cut the line of an input", []Number{input}, to(panel.InputFault)},
	{"open-cabinet", "open the cabinet of a module, or of the panel: 0", []Number{cabinet},
		at(func(p *panel.Panel, n uint32) { p.Tamper(n, true) })},
	{"close-cabinet", "close it", []Number{cabinet}, at(func(p *panel.Panel, n uint32) { p.Tamper(n, false) })},
	{"lose-module", "cut a module off", []Number{module}, at((*panel.Panel).LoseModule)},
	{"restore-module", "bring a module back", []Number{module}, at((*panel.Panel).RestoreModule)},
	{"cut-mains", "take the mains away; the battery lasts for hours", nil, func(p *panel.Panel, _ []uint64) { p.CutMains() }},
	{"restore-mains", "bring the mains back", nil, func(p *panel.Panel, _ []uint64) { p.RestoreMains() }},
}

// at is an act at what its one number says.
func at(do func(p *panel.Panel, n uint32)) func(*panel.Panel, []uint64) {
	return func(p *panel.Panel, numbers []uint64) { do(p, uint32(numbers[0])) }
}

// to puts the input that its one number says into a state.
func to(state int32) func(*panel.Panel, []uint64) {
	return at(func(p *panel.Panel, n uint32) { p.SetInput(n, state) })
}
