package world

import (
	"time"

	"mercury-driver/sim/panel"
)

// mishap draws what goes wrong with a command at its panel.
func (w *World) mishap() (m panel.Mishap) {
	m.Busy = w.chance(w.mood.busy)
	m.Lost = w.chance(w.mood.lostReply)
	m.Twice = w.chance(w.mood.repeatedReply)
	if w.chance(w.mood.lateReply) {
		m.Late = w.upTo(3 * time.Second)
	}
	return m
}
