package world

import "time"

// All chance comes from the world's one source, so that a seed tells the same story each time.

func (w *World) chance(p float64) bool { return w.rand.Float64() < p }

func (w *World) intN(n int) int { return w.rand.IntN(n) }

func (w *World) between(low, high time.Duration) time.Duration {
	return low + time.Duration(w.rand.Int64N(int64(high-low)+1))
}

func (w *World) upTo(high time.Duration) time.Duration { return w.between(0, high) }

// mean draws a time that is so long on average, and now and then much longer.
func (w *World) mean(d time.Duration) time.Duration {
	return time.Duration(w.rand.ExpFloat64() * float64(d))
}

// latency draws what a message takes: mostly little, at times as long as it can.
func (w *World) latency(most time.Duration) time.Duration {
	if w.chance(0.9) {
		return w.upTo(most / 20)
	}
	return w.upTo(most)
}

// pick chooses one of several.
func pick[T any](w *World, from []T) T { return from[w.intN(len(from))] }
