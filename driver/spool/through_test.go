package spool

import (
	"context"
	"testing"
	"time"
)

// newThrough is a rig whose library says each transaction once.
func newThrough(t *testing.T) *rig {
	r := newRig(t)
	r.WriteThrough()
	return r
}

// Every transaction is on disk before anybody else has it, also while the vendor app is there; and it is news then.
func TestWritesThrough(t *testing.T) {
	r := newThrough(t)
	if !r.Spool.Offer(r.newsOf(panel, 1, 1)) {
		t.Fatal("not taken")
	}
	r.wantKept(panel)
	r.wantTold(panel)
	r.pass(time.Second)
	r.wantKept(panel, 1)
	r.wantTold(panel, 1)
	if c := r.Counts(); c.Written != 1 || c.Bytes == 0 || received(r.kept[0]).Backlog {
		t.Errorf("%+v, handed on as backlog: %v", c, received(r.kept[0]).Backlog)
	}
	r.stored()
	if c := r.Counts(); c.Bytes != 0 {
		t.Errorf("all is acknowledged: %+v", c)
	}
}

// Beyond the limit a controller is held back by not being told; what it says all the same is not lost.
func TestWritesThroughBeyondTheLimit(t *testing.T) {
	r := newThrough(t)
	r.limit = 64 << 10
	r.reopen()
	r.WriteThrough()
	r.spools(panel, 1, 1, 1000)
	r.wantTold(panel)
	r.report(panel, 1, 1001, 1001)
	r.pass(0)
	r.wantTold(panel)
	r.up, r.credit = true, 1001
	r.pass(0)
	if n := len(r.kept); n != 1001 {
		t.Errorf("%d were handed on", n)
	}
	r.stored()
	r.report(panel, 1, 1002, 1002)
	r.pass(0)
	r.wantTold(panel, 1002)
}

// Without a disk what comes is kept in memory, within a bound, and goes to the vendor app from there.
func TestWritesThroughToADiskThatFails(t *testing.T) {
	r := newThrough(t)
	r.lose()
	r.failDisk()
	r.report(panel, 1, 1, maxQueue)
	r.pass(0)
	r.wantTold(panel)
	if r.Spool.Offer(entryOf(panel, 1, maxQueue+1)) {
		t.Error("takes without a bound")
	}
	r.up, r.credit, r.reserve = true, 4, 2
	r.pass(retryAfter)
	r.wantKept(panel, 1, 2)
	r.credit = maxQueue + r.reserve
	r.pass(retryAfter)
	if len(r.kept) != maxQueue {
		t.Errorf("the outbox has %d", len(r.kept))
	}
}

// Sync waits for the disk, but for none that does not work, and for none that nobody writes any more.
func TestSync(t *testing.T) {
	for name, test := range map[string]struct {
		begin   func(*rig)
		written uint64
	}{
		"the disk works":     {func(*rig) {}, 50},
		"the disk fails":     {(*rig).failDisk, 0},
		"the app is away":    {func(r *rig) { r.lose() }, 50},
		"nothing is written": {func(r *rig) { r.through = false }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newThrough(t)
			test.begin(r)
			ctx, end := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- r.Run(ctx) }()
			for index := range uint64(50) {
				if !r.Spool.Offer(entryOf(panel, 1, index+1)) {
					t.Fatal("not taken")
				}
				r.sync()
				if n := r.Counts().Written; n != min(index+1, test.written) {
					t.Fatalf("%d are written of %d", n, index+1)
				}
			}
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			r.Spool.Offer(entryOf(panel, 1, 51))
			r.sync()
			r.Spool = nil
		})
	}
}

func (r *rig) sync() {
	if synced := r.Sync(); synced != nil {
		<-synced
	}
}
