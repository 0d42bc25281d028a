package commands

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var hundred latencies
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1)*time.Microsecond)
	}
	for _, c := range []struct {
		of      latencies
		percent int
		want    float64
	}{{hundred, 50, 50}, {hundred, 99, 99}, {hundred[:10], 99, 10}, {hundred[:1], 50, 1}, {hundred[:3], 50, 2}} {
		if got := c.of.quantile(c.percent); got != c.want {
			t.Errorf("%d %% of %d are within %v us, want %v", c.percent, len(c.of), got, c.want)
		}
	}
}
