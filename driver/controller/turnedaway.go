package controller

import (
	"sync"
	"time"
)

// mostTurnedAway is how many controllers a minute are logged as not served.
const mostTurnedAway = 100

// turnedAway keeps what is logged of controllers that are not served to one line a minute for each, and to
// mostTurnedAway of them: they dial again and again, and strangers may be many.
type turnedAway struct {
	mu    sync.Mutex
	since time.Time
	told  map[uint64]bool // since then
}

// due reports whether a controller's line may be written now, and counts on its being written then.
func (a *turnedAway) due(now time.Time, serial uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.since) >= time.Minute {
		a.since, a.told = now, make(map[uint64]bool)
	}
	if a.told[serial] || len(a.told) >= mostTurnedAway {
		return false
	}
	a.told[serial] = true
	return true
}
