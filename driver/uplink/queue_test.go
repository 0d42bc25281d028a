package uplink

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A queue against the plainest model of it: all entries ever pushed, with what happened to each.
func TestQueueAgainstModel(t *testing.T) {
	type fate struct{ carried, released bool }
	rapid.Check(t, func(t *rapid.T) {
		var q queue[int]
		var model []fate
		most := 0             // entries kept at a time
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
				if i >= len(model) {
					return
				}
				due := model[i].carried && !model[i].released
				if got := q.release(uint64(i)); got != due {
					t.Fatalf("release of entry %d says %v", i, got)
				}
				model[i].released = model[i].released || due
			},
			"release all but one": func(t *rapid.T) {
				stays := rapid.IntRange(0, max(0, len(model)-1)).Draw(t, "entry")
				for i, f := range model {
					if i != stays && f.carried && !f.released {
						model[i].released = q.release(uint64(i))
					}
				}
			},
			"rewind": func(t *rapid.T) {
				q.rewind()
				for i := range model {
					model[i].carried = false
				}
			},
			"": func(t *rapid.T) {
				var want []int
				for i, f := range model {
					if !f.released {
						want = append(want, i)
					}
				}
				most = max(most, len(want))
				var got []int
				for entry := range q.all() {
					got = append(got, *entry)
				}
				if !slices.Equal(got, want) || q.kept != len(want) {
					t.Fatalf("keeps %d, %v, want %v", q.kept, got, want)
				}
				if len(q.slots) > 4*most {
					t.Fatalf("%d slots for %d entries at most", len(q.slots), most)
				}
				for i, s := range q.slots {
					if s.entry != 0 && !s.kept {
						t.Fatalf("%d is left in slot %d", s.entry, i)
					}
				}
			},
		})
	})
}
