package world

import "time"

// alarm is a step that is wanted by some moment. It rings once for all wishes that come before it rings.
type alarm struct {
	host *host
	what string
	do   func()

	at   time.Duration // when it rings; 0: it is not set
	sets int
}

// in sets it, unless it rings before.
func (a *alarm) in(d time.Duration) {
	w := a.host.world
	at := w.now + max(d, 1)
	if a.at != 0 && a.at <= at {
		return
	}
	a.at = at
	a.sets++
	sets := a.sets
	w.after(at-w.now, a.host, a.what, func() {
		if sets == a.sets {
			a.at = 0
			a.do()
		}
	})
}

// soon sets it for as soon as a thread gets to it.
func (a *alarm) soon() { a.in(a.host.world.latency(a.host.world.mood.thread)) }
