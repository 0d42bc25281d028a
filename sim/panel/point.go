package panel

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// input is a supervised input: its state, and the one that the log says.
type input struct {
	state, told int32
	masked      bool
}

// SetInput puts an input into a state, Input*.
func (p *Panel) SetInput(n uint32, state int32) {
	if n >= 1 && n <= Inputs && state >= InputSecure && state <= InputFault {
		p.inputs[n-1].state = state
		p.senseInput(n)
	}
}

// senseInput logs a change. A masked input is not reported, now or when it is unmasked.
func (p *Panel) senseInput(n uint32) {
	in := &p.inputs[n-1]
	if !p.up || in.state == in.told {
		return
	}
	in.told = in.state
	if !in.masked {
		p.log(Entry{Kind: scp.InputChange, Number: uint16(n), Value: in.state})
	}
}

// Tamper opens or closes the cabinet of a module; 0 is the panel's own.
func (p *Panel) Tamper(module uint32, open bool) {
	if module <= Modules {
		p.covers[module].active = open
		p.senseCover(module)
	}
}

func (p *Panel) senseCover(module uint32) {
	if c := &p.covers[module]; p.up && c.news() {
		p.log(Entry{Kind: scp.Tamper, Number: uint16(module), Active: c.active})
	}
}

// LoseModule cuts a module off; RestoreModule brings it back.
func (p *Panel) LoseModule(n uint32) { p.setModule(n, true) }

// RestoreModule brings a module back.
func (p *Panel) RestoreModule(n uint32) { p.setModule(n, false) }

func (p *Panel) setModule(n uint32, lost bool) {
	if n >= 1 && n <= Modules {
		p.modules[n-1].active = lost
		p.senseModule(n)
	}
}

func (p *Panel) senseModule(n uint32) {
	if m := &p.modules[n-1]; p.up && m.news() {
		p.log(Entry{Kind: scp.ModuleComm, Number: uint16(n), Active: !m.active})
	}
}

func (p *Panel) output(o scp.Output) answer {
	if o.Output < 1 || o.Output > Outputs {
		return no(scp.NAKNoSuchPoint)
	}
	if o.Action == outputPulse && (o.PulseMS < 100 || o.PulseMS > 3_600_000) {
		return no(scp.NAKBadArgument)
	}
	p.stopTimer(pulseTimer, o.Output)
	p.switchOutput(o.Output, o.Action != outputOff)
	if o.Action == outputPulse {
		p.setTimer(pulseTimer, o.Output, time.Duration(o.PulseMS)*time.Millisecond)
	}
	return done
}

func (p *Panel) switchOutput(n uint32, on bool) {
	if p.outputs[n-1].active != on {
		p.moves++
	}
	p.outputs[n-1].active = on
	p.senseOutput(n)
}

func (p *Panel) senseOutput(n uint32) {
	if o := &p.outputs[n-1]; o.news() {
		p.log(Entry{Kind: scp.OutputChange, Number: uint16(n), Active: o.active})
	}
}

func (p *Panel) maskInput(m scp.MaskInput) answer {
	if m.Input < 1 || m.Input > Inputs {
		return no(scp.NAKNoSuchPoint)
	}
	p.inputs[m.Input-1].masked = m.Masked
	p.remember(m)
	return done
}

// Moves counts how often a relay moved by itself, a command or a card: a strike that let go, a door that was set to
// unlocked, an output that was switched.
func (p *Panel) Moves() uint64 { return p.moves }

// area arms or disarms an area. Area n has the inputs 2n-1 and 2n, and can't be armed while one of them
// is not secure. What an armed area does is outside of the panel.
func (p *Panel) area(a scp.Area) answer {
	if a.Area < 1 || a.Area > Areas {
		return no(scp.NAKNoSuchPoint)
	}
	for _, in := range p.inputs[2*a.Area-2 : 2*a.Area] {
		if a.Armed && in.state != InputSecure {
			return no(scp.NAKBusy)
		}
	}
	return done
}

// procedure runs or aborts a stored procedure: procedure n switches output n on for its time.
func (p *Panel) procedure(c scp.Procedure) answer {
	n := c.Procedure
	switch {
	case n < 1 || n > Procedures:
		return no(scp.NAKNoSuchPoint)
	case c.Abort && p.timing(procedureTimer, n):
		p.endProcedure(n)
	case c.Abort:
	case p.timing(procedureTimer, n):
		return no(scp.NAKBusy)
	default:
		p.setTimer(procedureTimer, n, ProcedureTime)
		p.switchOutput(n, true)
	}
	return done
}

func (p *Panel) endProcedure(n uint32) {
	p.stopTimer(procedureTimer, n)
	p.switchOutput(n, false)
}
