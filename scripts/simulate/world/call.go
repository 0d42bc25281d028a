package world

import (
	"errors"
	"time"
)

var (
	errRefused = errors.New("connection refused")
	errTimeout = errors.New("no reply in time")
)

// askRedis is one request and its reply: carried out or not, answered or not, each in its own time. done is called
// once, after the limit at the latest.
func (w *World) askRedis(from *host, what string, limit time.Duration, do func(r *redis), done func(err error)) {
	over := false
	finish := func(err error) {
		if !over {
			over = true
			done(err)
		}
	}
	slow := w.mood.redis
	to := w.redis
	if !to.host.up {
		w.after(w.latency(slow), from, what+" refused", func() { finish(errRefused) })
		return
	}
	w.after(limit, from, what+" not answered", func() { finish(errTimeout) })
	if w.chance(w.mood.lostRequests) {
		return
	}
	w.after(w.latency(slow), to.host, what, func() {
		do(to)
		if !w.chance(w.mood.lostReplies) {
			w.after(w.latency(slow), from, what+" answered", func() { finish(nil) })
		}
	})
}
