package panel

import (
	"fmt"
	"time"

	"mercury-driver/cvendor/scp"
)

// Memory is a setting that survives a loss of power: the command that made it, when, and in
// which log epoch. An erase forgets all that were made before it, but for the firmware.
type Memory struct {
	At     time.Time
	Epoch  uint32
	Action scp.Action
}

func (p *Panel) remember(action scp.Action) {
	if p.opts.Recorder != nil {
		p.opts.Recorder.Remember(Memory{p.now, p.events.epoch, action})
	}
}

// Reload takes back an entry that was Logged, before Recall and Start; in their order, from the
// first of an epoch on. What it says about door modes and contacts is what the panel last told.
func (p *Panel) Reload(e Entry) error {
	if e.Epoch > p.events.epoch {
		p.erase(e.Epoch)
	}
	if e.Epoch < p.events.epoch || e.Index != p.events.newest+1 {
		return fmt.Errorf("panel %d: entry %d of epoch %d does not follow entry %d of epoch %d",
			p.opts.Serial, e.Index, e.Epoch, p.events.newest, p.events.epoch)
	}
	p.events.add(e)
	p.recognize(e)
	return nil
}

// recognize takes from an entry what the panel has told by it.
func (p *Panel) recognize(e Entry) {
	n := uint32(e.Number)
	d := p.door(n)
	switch {
	case e.Kind == scp.HostDecisionRequest:
		p.request = e.Request
	case e.Kind == scp.DoorPosition && d != nil:
		d.open.told = e.Active
	case e.Kind == scp.DoorForced && d != nil:
		d.forced = e.Active
	case e.Kind == scp.DoorHeld && d != nil:
		d.held = e.Active
	case e.Kind == scp.ModeChange && d != nil:
		d.mode = e.Value
	case e.Kind == scp.InputChange && n >= 1 && n <= Inputs:
		p.inputs[n-1].told = e.Value
	case e.Kind == scp.OutputChange && n >= 1 && n <= Outputs:
		p.outputs[n-1].told = e.Active
	case e.Kind == scp.ModuleComm && n >= 1 && n <= Modules:
		p.modules[n-1].told = !e.Active
	case e.Kind == scp.Tamper && n <= Modules:
		p.covers[n].told = e.Active
	case e.Kind == scp.Power && e.Value == PowerMains:
		p.mains.told = !e.Active
	case e.Kind == scp.Power && e.Value == PowerBattery:
		p.battery.told = !e.Active
	case e.Kind == scp.FirmwareProgress:
		p.recognizeDownload(e)
	}
}

// recognizeDownload finds a download that was never finished, so that Start can say that it failed.
func (p *Panel) recognizeDownload(e Entry) {
	p.firmware.loading, p.firmware.percent = "", e.Percent
	if e.Value == FirmwareLoading || e.Value == FirmwareVerifying {
		p.firmware.loading = "interrupted"
	}
}

// Recall takes back a Memory, after all entries, in their order. The error is of one that no panel with these entries
// has made.
func (p *Panel) Recall(m Memory) error {
	if m.Epoch > p.events.epoch {
		p.erase(m.Epoch)
	}
	switch a := m.Action.(type) {
	case scp.Firmware:
		p.firmware.version = a.Version
		return nil
	case scp.Reset:
		return nil
	case scp.SetTime, scp.PutCard, scp.DeleteCard, scp.MaskForced, scp.MaskHeld, scp.MaskInput, scp.LogAcknowledge:
	default:
		return fmt.Errorf("panel %d: %s is not for its memory", p.opts.Serial, scp.Name(a))
	}
	if m.Epoch < p.events.epoch {
		return nil
	}
	recorder := p.opts.Recorder
	p.now, p.opts.Recorder = m.At, nil
	answer := p.carryOut(m.Action)
	p.opts.Recorder = recorder
	if to, ok := m.Action.(scp.LogAcknowledge); ok && answer != done {
		return fmt.Errorf("panel %d: entry %d of epoch %d is acknowledged, and was never logged", p.opts.Serial, to.Index, to.Epoch)
	}
	return nil
}
