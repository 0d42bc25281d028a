package report

import (
	"sync"
	"time"
)

const (
	// repeatEvery is how often one and the same error is sent while it goes on.
	repeatEvery = time.Minute
	// keptKeys is the most different errors that are sent within repeatEvery.
	keptKeys = 256
)

// limiter lets the first of identical errors pass at once, and then one in repeatEvery, which tells
// how many were held back. So an error that occurs a thousand times a second costs Sentry's quota little.
type limiter struct {
	mu   sync.Mutex
	seen map[string]*sighting
}

type sighting struct {
	sent time.Time
	held int
}

func newLimiter() *limiter { return &limiter{seen: make(map[string]*sighting)} }

// admit reports whether the error passes, and how many identical ones were held back before it.
func (l *limiter) admit(key string, now time.Time) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.seen[key]; s != nil {
		if now.Sub(s.sent) < repeatEvery {
			s.held++
			return 0, false
		}
		held = s.held
		s.sent, s.held = now, 0
		return held, true
	}
	if len(l.seen) >= keptKeys && !l.forget(now) {
		return 0, false
	}
	l.seen[key] = &sighting{sent: now}
	return 0, true
}

// forget makes room by dropping what was not sent for repeatEvery.
func (l *limiter) forget(now time.Time) bool {
	for key, s := range l.seen {
		if now.Sub(s.sent) >= repeatEvery {
			delete(l.seen, key)
		}
	}
	return len(l.seen) < keptKeys
}
