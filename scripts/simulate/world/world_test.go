package world

import (
	"bytes"
	"testing"
)

// A few seeds; make sim runs as many as one has time for.
func TestSeeds(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		if err := New(seed, nil).Run(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// A seed tells the same story each time, to the byte, whether somebody reads along or not.
func TestReplay(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		var first, second bytes.Buffer
		w, again, unseen := New(seed, &first), New(seed, &second), New(seed, nil)
		for _, w := range []*World{w, again, unseen} {
			if err := w.Run(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("seed %d tells two stories, of %d and %d bytes", seed, first.Len(), second.Len())
		}
		if w.Trail() != unseen.Trail() || w.Steps() != unseen.Steps() {
			t.Errorf("seed %d takes %d steps when it is traced, else %d", seed, w.Steps(), unseen.Steps())
		}
	}
}
