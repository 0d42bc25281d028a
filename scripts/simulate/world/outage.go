package world

import (
	"time"

	"mercury-driver/driver/encoded"
)

// outages are the faults that a world with spools knows beside its others. A spool begins its work when the app is
// away for 5 s, which is longer than most that goes wrong lasts.
var outages = []fault{
	{"app away", 8, func(w *World) { w.killAppFor(w.between(6*time.Second, 20*time.Second)) }},
	{"driver dies when its spool hands on", 8, func(w *World) { pick(w, w.drivers).spool.doomed = true }},
}

// handsOn reports whether the outbox has something of the spool's that the app has not acknowledged.
func (s *spooler) handsOn() bool {
	for _, at := range s.driver.world.sites {
		onDisk := func(ev *encoded.Event) bool {
			return ev.Index > 0 && s.Through(at.serial, ev.LogEpoch, ev.Index-1) >= ev.Index
		}
		if _, kept := s.driver.uplink.Outbox.Oldest(at.serial, onDisk); kept {
			return true
		}
	}
	return false
}

// die cuts the process off from the app, and some time later kills it: what it sent meanwhile is lost with it.
func (d *driver) die() {
	w := d.world
	if c := d.line.conn; c != nil {
		c.hold(true, true)
	}
	w.after(w.upTo(4*time.Second), nil, "driver dies", func() {
		if w.drivers[d.port] == d {
			w.killDriver(d.port)
		}
	})
}
