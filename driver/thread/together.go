package thread

import "time"

var began = time.Now()

// Together is how long it is until this process next does what it does so often. All that asks here is done at the same
// moments: whenever an idle process wakes up, Go's runtime stays awake for some milliseconds.
func Together(every time.Duration) time.Duration {
	return every - (time.Since(began)%every+every)%every
}
