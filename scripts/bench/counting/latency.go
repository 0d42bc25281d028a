package counting

import (
	"math/bits"
	"time"
)

// Spread is how some latencies lie, to 3 % each but the greatest, which is exact.
type Spread struct {
	Count uint64        `json:"count"`
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// steps is into how many classes the latencies between a power of two and the next are divided.
const steps = 32

// Latencies is a histogram of latencies. One goroutine at a time.
type Latencies struct {
	classes [64 * steps]uint64
	count   uint64
	most    int64
}

// Add enters one, in nanoseconds; the clock may have been set back, and then it counts as none.
func (l *Latencies) Add(ns int64) {
	ns = max(ns, 0)
	l.classes[class(uint64(ns))]++
	l.count++
	l.most = max(l.most, ns)
}

// class of a latency: below steps each has its own, and from there on its leading bits say which.
func class(ns uint64) int {
	if ns < steps {
		return int(ns)
	}
	exponent := bits.Len64(ns) - bits.Len64(steps)
	return exponent*steps + int(ns>>exponent)
}

// least is the smallest latency of a class.
func least(class int) uint64 {
	if class < 2*steps {
		return uint64(class)
	}
	exponent := class/steps - 1
	return uint64(class-exponent*steps) << exponent
}

// Spread is how those lie that were entered; zero of none.
func (l *Latencies) Spread() Spread {
	return Spread{l.count, l.quantile(50), l.quantile(99), time.Duration(l.most)}
}

// quantile is the latency that so many percent do not exceed, in the middle of its class; 0 of none.
func (l *Latencies) quantile(percent uint64) time.Duration {
	wanted, seen := (l.count*percent+99)/100, uint64(0)
	for i, n := range l.classes {
		if seen += n; seen >= wanted && n > 0 {
			return min(time.Duration(least(i)+least(i+1))/2, time.Duration(l.most))
		}
	}
	return 0
}
