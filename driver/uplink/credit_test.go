package uplink

import (
	"strings"
	"testing"
)

func TestCredit(t *testing.T) {
	t.Run("used up", func(t *testing.T) {
		b := newBench(t, 256)
		for i := range uint64(256) {
			b.offer(entry(7, 1, i+1))
		}
		if b.Offer(entry(8, 1, 1)) || b.Free() != 0 || b.Counts().Stalls != 1 {
			t.Fatalf("taken beyond the credit: %+v", b.Counts())
		}
		b.offer(seen(8)) // outside the credit
		b.batch()
		b.ack(b.now, upTo(7, 1, 100))
		if b.Free() != 100 || !b.Offer(entry(8, 1, 1)) {
			t.Fatalf("the acknowledged credit is not free: %+v", b.Counts())
		}
	})
	t.Run("backlog leaves room for live", func(t *testing.T) {
		b := newBench(t, 2048)
		index := uint64(1)
		for b.Offer(late(7, 1, index)) {
			index++
		}
		if index != 1537 || b.Free() != 0 {
			t.Fatalf("backlog took %d of 2048, free %d", index-1, b.Free())
		}
		b.offer(entry(8, 1, 1))
	})
	t.Run("lowered by the next stream", func(t *testing.T) {
		b := newBench(t, 300)
		for i := range uint64(300) {
			b.offer(entry(7, 1, i+1))
		}
		b.close()
		b.open()
		b.grant(256)
		b.start()
		sent := 0
		for batch := b.batch(); batch != ""; batch = b.batch() {
			sent += len(strings.Fields(batch))
		}
		if sent != 256 {
			t.Fatalf("sent %d with a credit of 256", sent)
		}
		b.woken()
		b.ack(b.now, upTo(7, 1, 20))
		if !b.woken() {
			t.Fatal("the sender was not woken by new credit")
		}
		if rest := len(strings.Fields(b.batch())); rest != 20 {
			t.Fatalf("sent %d after 20 were acknowledged", rest)
		}
	})
	t.Run("lowered on the stream", func(t *testing.T) {
		b := newBench(t, 16_384)
		b.grant(4096)
		if b.Surplus() != 2048 || b.Free() != 3072 {
			t.Errorf("a spool may use %d, backlog %d", b.Surplus(), b.Free())
		}
	})
	t.Run("none before the first welcome", func(t *testing.T) {
		o := newOutbox(0, 0)
		if o.Offer(entry(7, 1, 1)) {
			t.Fatal("taken without any credit")
		}
	})
}
