// Package panel is one simulated controller: its log, doors, readers, points and firmware, as a pure
// state machine. It exists so that everything a controller does can be raised at will, watched,
// and repeated exactly.
//
// Its owner tells it the time (Advance), lets people and wires act on it (Swipe, OpenDoor, SetInput,
// CutMains, ...), hands in commands (Execute), and takes out what it would send (Next). It refuses
// to know anything else: there is no goroutine, clock, file or socket in here, and a Panel is used
// by one goroutine at a time.
//
// Acts on a reader, door, input or module that does not exist, or that a controller without power
// can't notice, do nothing.
package panel

import (
	"fmt"
	"time"

	"mercury-driver/cvendor/scp"
)

// What every panel has; all are counted from 1. Reader n is the one at door n.
const (
	Doors      = 4
	Inputs     = 8
	Outputs    = 4
	Modules    = 2
	Areas      = 4
	Procedures = 4
)

// Sizes that Options may change.
const (
	DefaultLogCapacity  = 50_000
	DefaultCardCapacity = 10_000
)

// Options say what was put on the wall.
type Options struct {
	Serial uint64 // 1 to 2^63-1
	// How many transactions and cards it can hold; 0 takes the defaults.
	LogCapacity, CardCapacity int
	// Cards and door modes as installed, until an erase. Panels share these maps and never write
	// them. A door without a mode asks for a card.
	Cards map[uint64]Card
	Modes map[uint32]int32
	// Recorder hears what must outlive the panel's memory; nil for nobody.
	Recorder Recorder
}

// Recorder is told, during the call that caused it, what the panel did. It must not call back.
type Recorder interface {
	// Logged is a new entry of the log, which no one has been told yet.
	Logged(e Entry)
	// Executed is a command and how it was answered.
	Executed(x Execution)
	// Remember is a setting that survives a loss of power; Recall takes it back.
	Remember(m Memory)
}

// Panel is one controller and a link of it.
type Panel struct {
	*body
	link report
}

// body is all of a controller but its link.
type body struct {
	opts   Options
	now    time.Time
	offset time.Duration // of its clock, by SetTime
	up     bool          // it has power and has started
	dark   bool          // all power is gone
	cause  int32         // of the next start, Boot*
	timers []timer
	logged uint64

	events   eventLog
	cards    cardTable
	doors    [Doors]door
	inputs   [Inputs]input
	outputs  [Outputs]contact
	modules  [Modules]contact     // active: lost
	covers   [Modules + 1]contact // active: open; 0 is its own cabinet
	mains    contact              // active: failed
	battery  contact              // active: failed
	request  uint32               // the last host decision request
	firmware firmware
	halts    int    // how often it went down
	moves    uint64 // of relays
	lies     bool   // it reports beyond its window
}

// New returns a panel as installed, without power. Reload and Recall may follow, then Start.
func New(opts Options) *Panel {
	if opts.LogCapacity == 0 {
		opts.LogCapacity = DefaultLogCapacity
	}
	if opts.CardCapacity == 0 {
		opts.CardCapacity = DefaultCardCapacity
	}
	p := &Panel{body: &body{opts: opts, events: eventLog{epoch: 1, capacity: opts.LogCapacity}}}
	p.firmware.version = "1.0.0"
	p.cards.installed = opts.Cards
	p.factorySettings()
	for n, mode := range opts.Modes {
		if d := p.door(n); d != nil {
			d.mode = mode
		}
	}
	return p
}

// factorySettings of doors and inputs; what is so stays so.
func (p *Panel) factorySettings() {
	for i := range p.doors {
		p.doors[i] = door{mode: ModeCard, open: contact{active: p.doors[i].open.active}}
	}
	for i := range p.inputs {
		p.inputs[i] = input{state: max(p.inputs[i].state, InputSecure), told: InputSecure}
	}
}

// Twin is the same panel with a link of its own beside this one, for a panel that has dialled twice. Whatever is
// not said of a link is one and the same for both; who owns them tells both the time.
func (p *Panel) Twin() *Panel { return &Panel{body: p.body} }

// Start gives the panel power, at that time.
func (p *Panel) Start(now time.Time) {
	p.now = now
	p.boot(BootPower)
}

// Up reports whether it has power and has started. While it has not, it wants no link.
func (p *Panel) Up() bool { return p.up }

// Identity is what the panel tells about itself when it dials in.
func (p *Panel) Identity() scp.Identity {
	return scp.Identity{
		Serial: p.opts.Serial, MAC: fmt.Sprintf("02%010x", p.opts.Serial&(1<<40-1)),
		Model: "SIM-4", Firmware: p.firmware.version,
		Readers: Doors, Doors: Doors, Inputs: Inputs, Outputs: Outputs,
		Cards: uint32(p.opts.CardCapacity), LogCapacity: uint32(p.opts.LogCapacity),
		LogEpoch: p.events.epoch, Oldest: p.events.oldest(), Newest: p.events.newest,
	}
}

// Clock is the panel's own time, which a command may have set to anything.
func (p *Panel) Clock() time.Time { return p.now.Add(p.offset) }

// contact is something with two states: what is so, and what the log says.
type contact struct{ active, told bool }

// news reports whether the log does not say yet what is so, and takes it as told.
func (c *contact) news() bool {
	changed := c.active != c.told
	c.told = c.active
	return changed
}
