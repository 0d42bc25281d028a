package fault

import "mercury-driver/sim/panel"

var ofPanels = []kind{
	{ // a loose contact at its cabinet fills the whole log
		name: "wrap", summary: "logs so much at once that all it had logged is overwritten",
		begin: func(h hit) {
			for range h.panel.Identity().LogCapacity/2 + 1 {
				h.panel.Tamper(0, true)
				h.panel.Tamper(0, false)
			}
		},
	},
	{
		name: "erase", summary: "is reset to how it left the factory: its log begins a new epoch",
		begin: func(h hit) { h.panel.Erase() },
	},
	{
		name: "beyond-window", summary: "reports beyond its window", lasts: true,
		begin: func(h hit) { h.panel.Lie(true) },
		end:   func(h hit) { h.panel.Lie(false) },
	},
	{
		name: "clock-jump", summary: "has its clock jump, until it is set",
		by: "how far the clock jumps, as 1h or -1h", signed: true,
		begin: func(h hit) { h.panel.SetClock(h.panel.Clock().Add(h.by)) },
	},
	{
		name: "reboot", summary: "hangs, and is restarted by its watchdog",
		begin: func(h hit) { h.panel.WatchdogReset() },
	},
	{
		name: "firmware-reboot", summary: "restarts in the middle of each firmware download", lasts: true,
		watch: func(p *panel.Panel) {
			if percent, loading := p.Loading(); loading && percent >= 40 {
				p.WatchdogReset()
			}
		},
	},
	{ // nobody closes the links of a panel that is dark: they fall silent, and are gone when it is back
		name: "power-loss", summary: "has no power at all; when it is back it starts and dials at once", lasts: true,
		deaf: true, mute: true,
		begin: func(h hit) { h.panel.LosePower() },
		end: func(h hit) {
			h.links.Drop()
			h.panel.ReturnPower()
		},
	},
}
