package panel

import (
	"slices"

	"mercury-driver/cvendor/scp"
)

// CutMains takes the mains away; the battery keeps the panel alive for BatteryTime.
func (p *Panel) CutMains() {
	if p.mains.active {
		return
	}
	p.mains.active = true
	p.setTimer(batteryTimer, 0, BatteryTime)
	p.senseSupplies()
}

// RestoreMains brings the mains back; a panel whose battery was empty starts.
func (p *Panel) RestoreMains() {
	empty := p.battery.active
	p.mains.active, p.battery.active = false, false
	p.stopTimer(batteryTimer, 0)
	p.senseSupplies()
	if empty && !p.dark {
		p.restart(BootPower)
	}
}

// LosePower takes mains and battery away at once: the panel is gone before it could log anything.
func (p *Panel) LosePower() {
	p.dark = true
	p.halt()
}

// ReturnPower ends that; the panel starts, unless its battery ran empty before.
func (p *Panel) ReturnPower() {
	if p.dark && !p.battery.active {
		p.restart(BootPower)
	}
	p.dark = false
}

func (p *Panel) batteryEmpty() {
	p.battery.active = true
	p.senseSupplies()
	p.halt()
}

func (p *Panel) senseSupplies() {
	if !p.up {
		return
	}
	if p.mains.news() {
		p.log(Entry{Kind: scp.Power, Value: PowerMains, Active: !p.mains.active})
	}
	if p.battery.news() {
		p.log(Entry{Kind: scp.Power, Value: PowerBattery, Active: !p.battery.active})
	}
}

// Erase is somebody at the panel who resets it to how it left the factory: its log begins a new epoch.
func (p *Panel) Erase() {
	if p.up {
		p.reset(scp.Reset{Erase: true})
	}
}

// WatchdogReset is the panel that hangs, and is restarted by its watchdog.
func (p *Panel) WatchdogReset() {
	if p.up {
		p.restart(BootWatchdog)
	}
}

func (p *Panel) reset(r scp.Reset) answer {
	if !r.Erase {
		p.restart(BootCommand)
		return done
	}
	p.erase(p.events.epoch + 1)
	p.remember(r)
	p.restart(BootErase)
	return done
}

// erase forgets cards, settings and log. What the panel senses it will log anew.
func (p *Panel) erase(epoch uint32) {
	p.events.erase(epoch)
	p.cards = cardTable{}
	p.offset, p.request = 0, 0
	p.firmware.loading = ""
	p.mains.told, p.battery.told = false, false
	p.factorySettings()
	for i := range p.outputs {
		p.outputs[i].told = false
	}
	for i := range p.modules {
		p.modules[i].told = false
	}
	for i := range p.covers {
		p.covers[i].told = false
	}
}

// restart takes the panel down, and starts it again after BootTime.
func (p *Panel) restart(cause int32) {
	p.halt()
	p.cause = cause
	p.setTimer(bootTimer, 0, BootTime)
}

// halt stops everything that was going on: strikes fall, readers forget, relays drop.
func (p *Panel) halt() {
	p.up = false
	p.halts++
	p.timers = slices.DeleteFunc(p.timers, func(t timer) bool { return t.kind != batteryTimer })
	for i := range p.doors {
		d := &p.doors[i]
		d.waiting, d.card, d.request = forNothing, 0, 0
	}
	for i := range p.outputs {
		p.outputs[i].active = false
	}
}

// boot starts the panel: it logs why, and what changed while it was down.
func (p *Panel) boot(cause int32) {
	p.up = true
	p.log(Entry{Kind: scp.PanelBoot, Value: cause})
	p.firmwareInterrupted()
	p.senseSupplies()
	for n := range uint32(Doors) {
		p.senseDoor(n+1, false)
	}
	for n := range uint32(Inputs) {
		p.senseInput(n + 1)
	}
	for n := range uint32(Outputs) {
		p.senseOutput(n + 1)
	}
	for n := range uint32(Modules) {
		p.senseModule(n + 1)
	}
	for n := range uint32(Modules + 1) {
		p.senseCover(n)
	}
}
