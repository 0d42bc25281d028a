package spool

import (
	"cmp"
	"context"
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a spool between the sessions and an outbox that are played by the test.
type rig struct {
	*Spool
	t     *testing.T
	dir   string
	now   time.Time
	limit int

	up      bool
	between func() // nil: nothing
	credit  int
	reserve int             // of the credit, for the sessions
	kept    []encoded.Event // in the outbox
	saw     []encoded.Event // offered to it, and neither a transaction nor a gap
	told    []*pb.LogPosition
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, dir: t.TempDir(), now: time.Unix(1_800_000_000, 0), limit: 1 << 20, up: true, credit: 1000}
	r.open()
	t.Cleanup(func() {
		if r.Spool != nil {
			r.store.close()
		}
	})
	return r
}

func (r *rig) open() {
	r.t.Helper()
	s, err := Open(r.dir, 5001, r.limit, r, sessions{r}, slog.New(stderr{slog.DiscardHandler, r}))
	if err != nil {
		r.t.Fatal(err)
	}
	r.Spool = s
}

// reopen is what a killed process leaves to the next one.
func (r *rig) reopen() {
	r.t.Helper()
	if err := r.store.close(); err != nil {
		r.t.Fatal(err)
	}
	r.kept, r.told = nil, nil
	r.open()
}

// Up and Free let happen what may happen at any moment.
func (r *rig) Up() bool {
	defer r.meanwhile()
	return r.up
}

// Free and Offer are the outbox's.
func (r *rig) Free() int {
	defer r.meanwhile()
	return r.credit - len(r.kept)
}
func (r *rig) Surplus() int {
	part := r.credit - r.reserve
	for i := range r.kept {
		if r.kept[i].Spooled {
			part--
		}
	}
	return max(0, min(r.Free(), part))
}
func (r *rig) meanwhile() {
	if r.between != nil {
		r.between()
	}
}
func (r *rig) Offer(ev encoded.Event) bool {
	switch gap := ev.Gap() != nil; {
	case ev.Index == 0 && !gap:
		r.saw = append(r.saw, ev)
	case !gap && len(r.kept) >= r.credit:
		return false
	default:
		r.kept = append(r.kept, ev)
	}
	return true
}
func (r *rig) Room() bool               { return true }
func (r *rig) Promise() bool            { return true }
func (r *rig) Unpromise()               {}
func (r *rig) Result(*pb.CommandResult) {}
func (r *rig) Answer(*pb.CommandResult) {}
func (r *rig) Return(_, _ uint64)       {}
func (r *rig) Withdraw(take func(*encoded.Event) bool) (taken []encoded.Event, ok bool) {
	if r.up {
		return nil, false
	}
	all := r.kept
	r.kept = nil
	for _, ev := range all {
		if take(&ev) {
			taken = append(taken, ev)
		} else {
			r.kept = append(r.kept, ev)
		}
	}
	slices.SortStableFunc(taken, func(a, b encoded.Event) int { return cmp.Compare(a.Serial, b.Serial) })
	return taken, true
}
func (r *rig) Oldest(serial uint64, among func(*encoded.Event) bool) (ev encoded.Event, kept bool) {
	if i := slices.IndexFunc(r.kept, func(ev encoded.Event) bool { return ev.Serial == serial && among(&ev) }); i >= 0 {
		return r.kept[i], true
	}
	return ev, false
}

// sessions are what the spool tells.
type sessions struct{ *rig }

func (s sessions) Spooled(_ time.Time, positions []*pb.LogPosition) {
	s.told = append(s.told, positions...)
}

// stderr may block whoever writes to it, so nobody must then wait for the spool.
type stderr struct {
	slog.Handler
	*rig
}

func (h stderr) Enabled(context.Context, slog.Level) bool { return true }
func (h stderr) Handle(_ context.Context, line slog.Record) error {
	if h.Spool == nil { // it is being opened
		return nil
	}
	for began := time.Now(); !h.mu.TryLock(); runtime.Gosched() { // another goroutine may have it for a moment
		if time.Since(began) > time.Second {
			h.t.Errorf("%q is written with the mutex held", line.Message)
			return nil
		}
	}
	h.mu.Unlock()
	return nil
}

// pass lets time go by, and the spool do what is due.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	r.now = r.now.Add(d)
	if err := r.Step(r.now); err != nil {
		r.t.Fatal(err)
	}
}

// lose lets the stream be down for so long that the spool begins.
func (r *rig) lose() {
	r.t.Helper()
	r.up = false
	r.pass(0)
	r.pass(awayAfter)
}

// report is transactions of a controller, all of which must be taken.
func (r *rig) report(serial uint64, epoch uint32, from, to uint64) {
	r.t.Helper()
	for index := from; index <= to; index++ {
		if !r.Spool.Offer(entryOf(serial, epoch, index)) {
			r.t.Fatalf("transaction %d of controller %d is not taken", index, serial)
		}
	}
}

// spools has the file take transactions of a controller, the first after the stream was lost.
func (r *rig) spools(serial uint64, epoch uint32, from, to uint64) {
	r.t.Helper()
	r.lose()
	r.report(serial, epoch, from, to)
	r.pass(0)
}

// entryOf is a transaction of long ago, newsOf one that the driver has received now.
func entryOf(serial uint64, epoch uint32, index uint64) encoded.Event {
	return encoded.Transaction(exit(epoch, index), encoded.Receipt{Serial: serial})
}

func (r *rig) newsOf(serial uint64, epoch uint32, index uint64) encoded.Event {
	return encoded.Transaction(exit(epoch, index), encoded.Receipt{Serial: serial, ReceivedNs: r.now.UnixNano()})
}

func exit(epoch uint32, index uint64) *scp.Message {
	return &scp.Message{Kind: scp.ExitRequest, LogEpoch: epoch, Index: index, Number: 1}
}

// received is an event as the vendor app reads it.
func received(ev encoded.Event) *pb.Event {
	read := new(pb.Event)
	if err := proto.Unmarshal(ev.Append(nil), read); err != nil {
		panic(err)
	}
	return read
}

// stored is the vendor app: it stores all that the outbox has, and acknowledges it.
func (r *rig) stored() {
	r.t.Helper()
	r.kept = nil
	r.Spool.Acked()
	r.pass(dropEvery)
}

// wantKept compares what the outbox has of a controller.
func (r *rig) wantKept(serial uint64, want ...uint64) {
	r.t.Helper()
	var got []uint64
	for _, ev := range r.kept {
		if ev.Serial == serial {
			got = append(got, ev.Index)
		}
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("the outbox has %v of controller %d, want %v", got, serial, want)
	}
}

// wantTold takes what the sessions were told of a controller: up to where each log is stored.
func (r *rig) wantTold(serial uint64, want ...uint64) {
	r.t.Helper()
	var got []uint64
	for _, p := range r.told {
		if p.Serial == serial {
			got = append(got, p.Index)
		}
	}
	r.told = nil
	if !slices.Equal(got, want) {
		r.t.Errorf("the sessions of controller %d were told %v, want %v", serial, got, want)
	}
}
