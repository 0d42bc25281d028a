package fanin

import (
	"testing"
	"time"

	"mercury-driver/scripts/bench/pace"
)

// What each part took is of the events between two glances, not of those before.
func TestThePaceIsOfWhatCameBetween(t *testing.T) {
	start := time.Now()
	before := glance{at: start, acked: 5000, driver: time.Second, panels: 2 * time.Second, app: 3 * time.Second}
	after := glance{at: start.Add(2 * time.Second), acked: 9000, driver: 1008 * time.Millisecond,
		panels: 2004 * time.Millisecond, app: 3020 * time.Millisecond}
	want := driven{pace.Pace{Rate: 2000, CPU: 2}, pace.Pace{Rate: 2000, CPU: 1}, pace.Pace{Rate: 2000, CPU: 5}, 5000, 4000}
	if got := after.since(before); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
