package uplink

import (
	"testing"

	"pgregory.net/rapid"
)

// A queue against the plainest model of it: all entries ever pushed, with what happened to each.
func TestQueueAgainstModel(t *testing.T) {
	type fate struct{ carried, released bool }
	rapid.Check(t, func(t *rapid.T) {
		var q queue[int]
		var model []fate
		first := func() int { // the entry to carry next
			for i, f := range model {
				if !f.carried && !f.released {
					return i
				}
			}
			return -1
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				n := len(model)
				if at := q.push(&n); at != uint64(n) {
					t.Fatalf("entry %d got position %d", n, at)
				}
				model = append(model, fate{})
			},
			"carry": func(t *rapid.T) {
				want := first()
				got := q.head()
				if (got == nil) != (want < 0) || got != nil && *got != want {
					t.Fatalf("head is %v, want %d", got, want)
				}
				if got != nil {
					q.carried()
					model[want].carried = true
				}
			},
			"release": func(t *rapid.T) {
				i := rapid.IntRange(0, max(0, len(model)-1)).Draw(t, "entry")
				if i >= len(model) || model[i].released {
					return
				}
				if got := q.release(uint64(i)); got != model[i].carried {
					t.Fatalf("release of entry %d says %v", i, got)
				}
				model[i].released = model[i].carried
			},
			"rewind": func(t *rapid.T) {
				q.rewind()
				for i := range model {
					model[i].carried = false
				}
			},
			"": func(t *rapid.T) {
				kept := 0
				for i, f := range model {
					if !f.released {
						kept++
						if at := q.at(uint64(i)); at == nil || *at != i {
							t.Fatalf("entry %d is %v", i, at)
						}
					}
				}
				for p := q.first; p < q.next; p++ {
					if at := q.at(p); at != nil && model[p].released || q.slot(p).entry != 0 && at == nil {
						t.Fatalf("something is left of entry %d", p)
					}
				}
				if q.kept != kept {
					t.Fatalf("keeps %d, want %d", q.kept, kept)
				}
			},
		})
	})
}
