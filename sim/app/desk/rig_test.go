package desk_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

const ttl = 10 * time.Second

// rig is a desk over a database on disk, and a clock that only the test moves.
type rig struct {
	*desk.Desk
	t     *testing.T
	path  string
	store *store.Store
	now   time.Time
	rules desk.Rules
	said  bytes.Buffer // the log, as JSON
}

func newRig(t *testing.T) *rig {
	r := &rig{
		t: t, path: filepath.Join(t.TempDir(), "app.db"), now: time.Unix(1_800_000_000, 0),
		rules: desk.Rules{LeaseTTL: ttl, Credit: 1024},
	}
	r.open()
	t.Cleanup(func() { r.store.Close() })
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	if r.store, err = store.Open(r.path, r.now); err != nil {
		r.t.Fatal(err)
	}
	if r.Desk, err = desk.New(r.now, r.store, r.rules, slog.New(slog.NewJSONHandler(&r.said, nil))); err != nil {
		r.t.Fatal(err)
	}
}

// restart is a kill of the app: what was not committed is gone.
func (r *rig) restart() {
	r.t.Helper()
	if err := r.store.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.open()
}

func (r *rig) commit() {
	r.t.Helper()
	if err := r.Commit(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) pass(d time.Duration) {
	r.now = r.now.Add(d)
	r.Tick(r.now)
	r.commit()
}

// stream is a driver's end of a stream.
type stream struct {
	rig      *rig
	instance string
	peer     *desk.Peer
	sent     []*pb.ConnectResponse
	end      error
}

func (s *stream) Send(m *pb.ConnectResponse) { s.sent = append(s.sent, m) }
func (s *stream) End(err error)              { s.end = err }

type option func(*pb.Hello)

func withoutLogEpochs(h *pb.Hello) { h.Traits = nil }

func holding(serial, epoch uint64) option {
	return func(h *pb.Hello) {
		h.HeldLeases = append(h.HeldLeases, &pb.HeldLease{Serial: serial, LeaseEpoch: epoch})
	}
}

func hello(instance string) *pb.Hello {
	return &pb.Hello{ContractVersion: 1, Instance: instance, Port: 5001, Traits: &pb.LibraryTraits{LogEpochs: true}}
}

func (r *rig) connect(instance string, options ...option) *stream {
	r.t.Helper()
	h := hello(instance)
	for _, change := range options {
		change(h)
	}
	s := &stream{rig: r, instance: instance}
	peer, h, err := desk.Greet(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: h}}, s)
	if err != nil {
		r.t.Fatal(err)
	}
	s.peer = peer
	r.Hello(r.now, peer, h)
	r.commit()
	return s
}

func (s *stream) welcome() *pb.Welcome { return s.sent[0].GetWelcome() }

// acks is what was acknowledged since the last call, joined.
func (s *stream) acks() *pb.Ack {
	all := &pb.Ack{}
	for _, m := range s.sent {
		all.Transactions = append(all.Transactions, m.GetAck().GetTransactions()...)
		all.DriverEvents = append(all.DriverEvents, m.GetAck().GetDriverEvents()...)
		all.Results = append(all.Results, m.GetAck().GetResults()...)
	}
	s.sent = nil
	return all
}

// acked is the one position acknowledged since the last call, 0 for none.
func (s *stream) acked() uint64 {
	s.rig.t.Helper()
	positions := s.acks().Transactions
	if len(positions) == 0 {
		return 0
	}
	return positions[len(positions)-1].Index
}

func (s *stream) revoked() (epochs []uint64) {
	for _, m := range s.sent {
		if r := m.GetLeaseRevoke(); r != nil {
			epochs = append(epochs, r.LeaseEpoch)
		}
	}
	return epochs
}

// ask asks for admission, with a log of the epoch from oldest to newest.
func (s *stream) ask(serial uint64, logEpoch uint32, oldest, newest uint64) (answer *pb.AdmitResponse, err error) {
	s.rig.Admit(&pb.AdmitRequest{
		Instance: s.instance, Serial: serial, Log: &pb.LogRange{Epoch: logEpoch, Oldest: oldest, Newest: newest},
	}, func(a *pb.AdmitResponse, e error) { answer, err = a, e })
	s.rig.commit()
	return answer, err
}

func (s *stream) admit(serial uint64, logEpoch uint32, oldest, newest uint64) *pb.Admitted {
	s.rig.t.Helper()
	answer, err := s.ask(serial, logEpoch, oldest, newest)
	if err != nil || answer.GetAdmitted() == nil {
		s.rig.t.Fatalf("controller %d was not admitted: %v, %v", serial, answer, err)
	}
	return answer.GetAdmitted()
}

func (s *stream) report(events ...*pb.Event) {
	s.rig.t.Helper()
	s.rig.Events(s.peer, s.peer.Reports(&pb.EventBatch{Events: events}))
	s.rig.commit()
}

// granted are transactions first to last of a log.
func granted(serial uint64, logEpoch uint32, first, last uint64) (events []*pb.Event) {
	for index := first; index <= last; index++ {
		events = append(events, &pb.Event{
			Serial: serial, LogEpoch: logEpoch, Index: index,
			Body: &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{Door: 1, Card: index}},
		})
	}
	return events
}

func gap(number, serial uint64, logEpoch uint32, first, last uint64) *pb.Event {
	return &pb.Event{Serial: serial, LogEpoch: logEpoch, Number: number,
		Body: &pb.Event_Gap{Gap: &pb.Gap{First: first, Last: last, Cause: pb.GapCause_GAP_CAUSE_WRAPPED}}}
}

// stored are the indexes of the stored transactions, in the order of storing.
func (r *rig) stored() (indexes []uint64) {
	r.t.Helper()
	for _, e := range r.events() {
		if e.Index > 0 {
			indexes = append(indexes, e.Index)
		}
	}
	return indexes
}

func (r *rig) events() (all []store.Event) {
	r.t.Helper()
	err := store.Events(r.path, store.Filter{}, func(e store.Event) error { all = append(all, e); return nil })
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func wantCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}
