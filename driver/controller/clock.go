package controller

import "time"

// reading is what the vendor app's wall clock showed at a moment of ours.
type reading struct{ at, app time.Time }

// AppClock tells what the vendor app's wall clock showed at a moment. From there on it is reckoned by our
// monotonic clock, as our wall clock may be set at any time.
func (t *Table) AppClock(at, app time.Time) { t.appClock.Store(&reading{at, app}) }

// AppTime is what the vendor app's wall clock shows now; our own, before any was told.
func (t *Table) AppTime(now time.Time) time.Time {
	if r := t.appClock.Load(); r != nil {
		return r.app.Add(now.Sub(r.at))
	}
	return now.Round(0)
}
