package world

import (
	"time"

	"mercury-driver/driver/encoded"
)

// outages are the faults that a world with spools knows beside its others. A spool begins its work when the app is
// away for 5 s, which is longer than most that goes wrong lasts.
var outages = []fault{
	{"app away", 8, func(w *World) { w.killAppFor(w.between(6*time.Second, 20*time.Second)) }},
	{databaseLost, 8, (*World).loseDatabase},
	{"driver dies when its spool hands on", 8, func(w *World) { pick(w, w.drivers).spool.doomed = true }},
}

const databaseLost = "app away, and its database lost"

// loseDatabase lets the app begin anew after an outage in which much was logged, on a stream that takes its time then:
// panels are rewound when the app has got a part of what the spools hold.
func (w *World) loseDatabase() {
	if !w.app.host.up {
		return
	}
	away := w.between(6*time.Second, 20*time.Second)
	w.killAppFor(away)
	w.database.replace(w.otherRows())
	for at := time.Duration(0); at < away; at += w.mean(5 * time.Millisecond) {
		w.after(at, nil, "rush", func() { pick(w, w.sites).somebody() })
	}
	w.after(away, nil, "slow stream", func() { w.forAWhile(&w.mood.stream, 4*time.Second) })
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
