package fleet

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	b := backoff{chance: rand.New(rand.NewPCG(1, 1))}
	for i, step := range []struct {
		good bool
		most time.Duration
	}{
		{false, 200 * time.Millisecond}, {false, 400 * time.Millisecond}, {false, 800 * time.Millisecond},
		{false, 1600 * time.Millisecond}, {false, 3200 * time.Millisecond}, {false, 6400 * time.Millisecond},
		{false, 10 * time.Second}, {false, 10 * time.Second}, {true, 200 * time.Millisecond}, {false, 400 * time.Millisecond},
	} {
		if got := b.after(step.good); got > step.most || got < step.most/2 {
			t.Errorf("pause %d is %v, want %v to %v", i, got, step.most/2, step.most)
		}
	}
	if got := b.first(10_000); got < 0 || got > 5*time.Second {
		t.Errorf("the first dial is after %v", got)
	}
}
