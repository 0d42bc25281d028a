package counting

import (
	"math"
	"testing"
	"time"
)

func TestLatencySpread(t *testing.T) {
	var l Latencies
	if got := l.Spread(); got != (Spread{}) {
		t.Errorf("of none it is %+v", got)
	}
	for i := int64(1); i <= 1000; i++ {
		l.Add(i * 1000)
	}
	l.Add(-5)
	got := l.Spread()
	if got.Count != 1001 || got.Max != time.Millisecond {
		t.Errorf("%+v", got)
	}
	near(t, got.P50, 500*time.Microsecond)
	near(t, got.P99, 990*time.Microsecond)
}

func near(t *testing.T, got, want time.Duration) {
	t.Helper()
	if off := math.Abs(float64(got-want)) / float64(want); off > 0.03 {
		t.Errorf("%v, want %v to 3 %%", got, want)
	}
}

// The classes join without a hole, and each is narrow.
func TestLatencyClasses(t *testing.T) {
	for i := range class(math.MaxInt64) {
		from, to := least(i), least(i+1)
		if class(from) != i || class(to-1) != i || class(to) != i+1 {
			t.Fatalf("class %d is from %d to %d", i, from, to)
		}
		if to-from > from/32+1 {
			t.Fatalf("class %d is from %d to %d: too wide", i, from, to)
		}
	}
}
