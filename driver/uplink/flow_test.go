package uplink

import "testing"

// An app that lost its database can't acknowledge what the spool had handed on, until all that was before it has come again.
func TestFillingBehindOneThatStays(t *testing.T) {
	const stays, window = 20_001, 100
	b := newBench(t, 256)
	b.offer(entry(7, 1, stays))
	f := b.events.flows[7]
	most := 0
	for from := uint64(1); from < stays; from += window {
		for index := from; index < from+window; index++ {
			b.offer(entry(7, 1, index))
		}
		b.batch()
		most = max(most, f.kept)
		b.ack(b.now, upTo(7, 1, from+window-1))
		if f.kept != 1 || len(f.names) != 1 {
			t.Fatalf("up to %d are stored, and %d kept with %d names", from+window-1, f.kept, len(f.names))
		}
	}
	if len(f.slots) > 4*most {
		t.Errorf("%d slots for %d events at most", len(f.slots), most)
	}
	b.offer(entry(7, 1, stays)) // the session has come to it
	b.ack(b.now, upTo(7, 1, stays))
	if c := b.Counts(); c.Unacked != 0 {
		t.Errorf("%+v", c)
	}
}

// Of what was kept once no memory stays, though one of it does.
func TestRingGetsSmaller(t *testing.T) {
	const many = 2000
	b := newBench(t, 2*many)
	b.offer(entry(7, 1, 10_000))
	for index := range uint64(2 * many) {
		b.offer(entry(7, 1, index+1))
		b.batch()
		if index > many {
			b.ack(b.now, upTo(7, 1, index+1))
		}
	}
	if slots := len(b.events.flows[7].slots); slots > 8 {
		t.Errorf("%d slots for 2 events at most", slots)
	}
}

// What a controller says again is looked for among names, however much of it is kept: once these were learned, no slot is
// looked at any more.
func TestRepeatsLookAtNoSlot(t *testing.T) {
	const kept = 1000
	b := newBench(t, kept)
	for index := range uint64(kept) {
		b.offer(entry(7, 1, 2*index+1))
	}
	f := b.events.flows[7]
	if f.names != nil {
		t.Fatal("names were learned that nobody asked for")
	}
	b.offer(entry(7, 1, 1))
	slots := f.slots
	f.slots = nil
	for index := range uint64(2 * kept) {
		ev := entry(7, 1, index)
		if got, want := f.repeats(&ev), index%2 == 1; got != want {
			t.Errorf("of %d it says %v", index, got)
		}
	}
	f.slots = slots
}
