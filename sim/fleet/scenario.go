package fleet

import (
	"maps"
	"slices"
	"time"
)

// scenario is a script of life: which visits come, how often against each other, and how many
// transactions a second that makes for each panel, about.
type scenario struct {
	rate   float64
	visits []weighted
	// past: all of it happens before the panels dial in for the first time.
	past bool
}

type weighted struct {
	visit  visit
	weight int
}

// scenarios are the scripts by name.
var scenarios = map[string]scenario{
	// Links and polls, nothing else.
	"idle": {},
	// Everybody comes to work.
	"rush": {rate: 1, visits: []weighted{{badge, 85}, {exit, 5}, {stranger, 4}, {turnedAway, 4}, {wrongPIN, 2}}},
	// Everything that can go off does.
	"storm": {rate: 10, visits: []weighted{{inputAlarm, 50}, {forced, 20}, {cabinet, 10}, {moduleLost, 10}, {mainsLost, 8}, {duress, 2}}},
	// Hours without a link, before the first one: all that was logged meanwhile goes up at once.
	"backlog": {rate: 1, visits: []weighted{{badge, 80}, {exit, 15}, {stranger, 5}}, past: true},
	// A calm day with a bit of everything: a dozen panels raise about two transactions a second.
	"day": {rate: 0.15, visits: []weighted{{badge, 60}, {exit, 20}, {stranger, 4}, {turnedAway, 4}, {wrongPIN, 2}, {held, 3},
		{forced, 1}, {duress, 1}, {inputAlarm, 3}, {cabinet, 1}, {moduleLost, 1}, {mainsLost, 1}}},
}

// backlogged is how many transactions each panel of a backlog has, where no number is asked for.
const backlogged = 2000

// Scenarios lists the names of the scripts.
func Scenarios() []string { return slices.Sorted(maps.Keys(scenarios)) }

// mostRare is the longest mean time between two visits.
const mostRare = 365 * 24 * time.Hour

// gap is the mean time between two visits that makes that many transactions a second.
func (s scenario) gap(rate float64) time.Duration {
	usual, weight := 0, 0
	for _, w := range s.visits {
		usual += w.visit.usual * w.weight
		weight += w.weight
	}
	gap := float64(usual) / float64(weight) / rate * float64(time.Second)
	return time.Duration(min(gap, float64(mostRare)))
}
