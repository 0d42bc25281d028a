package uplink

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// storm steps an Uplink against a model of the vendor app: messages are under way in both directions,
// the app commits when it likes, and the stream is cut at any point. One seed is one history.
type storm struct {
	t      *testing.T
	random *rand.Rand
	now    time.Time

	up       *Uplink[int]
	sessions *recorder
	stream   *Stream[int] // nil between two streams
	out      []*pb.ConnectRequest
	in       []*pb.ConnectResponse

	panels  map[uint64]*simPanel
	erased  map[[2]uint64]uint64 // newest index of the log epochs that are over
	results int
	seen    uint64

	app simApp
}

// simPanel is a controller's log and the session's place in it.
type simPanel struct {
	serial uint64
	epoch  uint32
	newest uint64
	next   uint64
	acked  uint64
}

// simApp is what the app has stored, and what it has read and not committed.
type simApp struct {
	credit     int
	unacked    int                  // transactions read on this stream and not acknowledged
	stored     map[[2]uint64]uint64 // by serial and epoch: everything up to this index
	numbers    map[uint64]bool
	results    map[string]bool
	batch      []*pb.Event
	resultRead []string
}

const stormPanels = 5

func newStorm(t *testing.T, seed uint64) *storm {
	s := &storm{t: t, random: rand.New(rand.NewPCG(seed, seed)), now: start, panels: map[uint64]*simPanel{},
		erased: map[[2]uint64]uint64{},
		app:    simApp{stored: map[[2]uint64]uint64{}, numbers: map[uint64]bool{}, results: map[string]bool{}}}
	s.up = New[int](testConfig())
	s.sessions = &recorder{onAcked: s.acked}
	for i := range uint64(stormPanels) {
		s.panels[i+1] = &simPanel{serial: i + 1, epoch: 1, next: 1}
	}
	return s
}

func TestStorm(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newStorm(t, seed)
			for range 3000 {
				s.step()
			}
			s.calm()
		})
	}
}

func (s *storm) step() {
	s.now = s.now.Add(time.Duration(s.random.IntN(4)) * time.Millisecond)
	switch n := s.random.IntN(1000); {
	case n < 450:
		s.log()
	case n < 650:
		s.send()
	case n < 800:
		s.read()
	case n < 860:
		s.commit()
	case n < 940:
		s.deliver()
	case n < 970:
		s.see()
	case n < 985:
		s.answer()
	case n < 990:
		s.erase()
	case n < 993:
		s.rewind()
	default:
		s.cutOrDial()
	}
}

func (s *storm) panel() *simPanel { return s.panels[1+s.random.Uint64N(stormPanels)] }

// log: a controller logs something and its session offers what it has.
func (s *storm) log() {
	p := s.panel()
	p.newest += s.random.Uint64N(40)
	for ; p.next <= p.newest; p.next++ {
		if !s.up.Outbox.Offer(logged(p.serial, p.epoch, p.next, p.next%100 < 50)) {
			return
		}
	}
}

// erase: a log epoch ends, when all of it was offered.
func (s *storm) erase() {
	if p := s.panel(); p.next > p.newest && p.newest > 0 {
		s.erased[[2]uint64{p.serial, uint64(p.epoch)}] = p.newest
		p.epoch, p.newest, p.next, p.acked = p.epoch+1, 0, 1, 0
	}
}

// rewind: the controller says again what is not acknowledged.
func (s *storm) rewind() {
	p := s.panel()
	p.next = p.acked + 1
}

func (s *storm) see() {
	s.seen++
	s.up.Outbox.Offer(seen(s.random.Uint64N(stormPanels + 2)))
}

func (s *storm) answer() {
	s.results++
	s.up.Outbox.Answer(&pb.CommandResult{Id: fmt.Sprint(s.results)})
}

// acked: the session moves the controller's log; what it lets go must be stored.
func (s *storm) acked(positions []*pb.LogPosition) {
	for _, position := range positions {
		p := s.panels[position.Serial]
		if position.Index > s.app.stored[[2]uint64{p.serial, uint64(position.LogEpoch)}] {
			s.t.Fatalf("told that %v is stored, and it is not", position)
		}
		if position.LogEpoch == p.epoch {
			p.acked = max(p.acked, position.Index)
		}
	}
}

func (s *storm) cutOrDial() {
	if s.stream == nil {
		s.stream = s.up.Open(s.now, s.sessions)
		return
	}
	s.stream.Close()
	s.stream, s.out, s.in = nil, nil, nil
	s.app.batch, s.app.resultRead, s.app.unacked = nil, nil, 0
}

func (s *storm) send() {
	if s.stream == nil {
		return
	}
	if m, _ := s.stream.Next(s.now); m != nil {
		s.out = append(s.out, written(m))
	}
}

// read: the app reads one message.
func (s *storm) read() {
	if len(s.out) == 0 {
		return
	}
	m := s.out[0]
	s.out = s.out[1:]
	switch m := m.Message.(type) {
	case *pb.ConnectRequest_Hello:
		s.app.credit = 256 + s.random.IntN(2000)
		s.in = append(s.in, &pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{
			Welcome: &pb.Welcome{LeaseTtlMs: 10_000, Credit: uint32(s.app.credit)}}})
	case *pb.ConnectRequest_Heartbeat:
		s.in = append(s.in, echoOf(m.Heartbeat))
	case *pb.ConnectRequest_Result:
		s.app.resultRead = append(s.app.resultRead, m.Result.Id)
	case *pb.ConnectRequest_Events:
		s.readBatch(m.Events.Events)
	}
}

func (s *storm) readBatch(batch []*pb.Event) {
	if len(batch) == 0 || len(batch) > maxBatch {
		s.t.Fatalf("a batch of %d", len(batch))
	}
	epochs := map[uint64]uint32{}
	for _, ev := range batch {
		if ev.Index == 0 {
			continue
		}
		if epoch, met := epochs[ev.Serial]; met && epoch != ev.LogEpoch {
			s.t.Fatalf("two log epochs of controller %d in one batch", ev.Serial)
		}
		epochs[ev.Serial] = ev.LogEpoch
		s.app.unacked++
	}
	if s.app.unacked > s.app.credit {
		s.t.Fatalf("%d transactions are not acknowledged, the credit is %d", s.app.unacked, s.app.credit)
	}
	s.app.batch = append(s.app.batch, batch...)
}

// commit: the app stores what it has read, each controller's transactions without a hole, and says so.
func (s *storm) commit() {
	if s.stream == nil || len(s.app.batch)+len(s.app.resultRead) == 0 {
		return
	}
	ack := &pb.Ack{Results: s.app.resultRead}
	positions := map[[2]uint64]*pb.LogPosition{}
	for _, ev := range s.app.batch {
		if ev.Index == 0 {
			s.app.numbers[ev.Number] = true
			ack.DriverEvents = append(ack.DriverEvents, ev.Number)
			continue
		}
		name := [2]uint64{ev.Serial, uint64(ev.LogEpoch)}
		if ev.Index > s.app.stored[name]+1 {
			s.t.Fatalf("controller %v: %d came after %d", name, ev.Index, s.app.stored[name])
		}
		s.app.stored[name] = max(s.app.stored[name], ev.Index)
		positions[name] = &pb.LogPosition{Serial: ev.Serial, LogEpoch: ev.LogEpoch, Index: ev.Index}
		s.app.unacked--
	}
	for _, id := range s.app.resultRead {
		s.app.results[id] = true
	}
	for _, p := range positions {
		ack.Transactions = append(ack.Transactions, p)
	}
	s.app.batch, s.app.resultRead = nil, nil
	s.in = append(s.in, &pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{Ack: ack}})
}

// deliver: the driver reads one message.
func (s *storm) deliver() {
	if s.stream == nil || len(s.in) == 0 {
		return
	}
	m := s.in[0]
	s.in = s.in[1:]
	if err := s.stream.Receive(s.now, m); err != nil {
		s.t.Fatal(err)
	}
}

// calm lets everything arrive on one last stream, and counts.
func (s *storm) calm() {
	if s.stream == nil {
		s.cutOrDial()
	}
	for range 2000 {
		s.now = s.now.Add(linger)
		for _, p := range s.panels {
			for p.next <= p.newest && s.up.Outbox.Offer(entry(p.serial, p.epoch, p.next)) {
				p.next++
			}
		}
		s.send()
		s.read()
		s.commit()
		s.deliver()
	}
	if c := s.up.Outbox.Counts(); c.Unacked != 0 || c.Results != 0 {
		s.t.Fatalf("still kept: %+v", c)
	}
	for _, p := range s.panels {
		if stored := s.app.stored[[2]uint64{p.serial, uint64(p.epoch)}]; stored != p.newest || p.acked != p.newest {
			s.t.Fatalf("controller %d logged %d, %d are stored and %d acknowledged", p.serial, p.newest, stored, p.acked)
		}
	}
	for name, newest := range s.erased {
		if stored := s.app.stored[name]; stored != newest {
			s.t.Fatalf("log %v had %d, %d are stored", name, newest, stored)
		}
	}
	if len(s.app.numbers) != int(s.seen) || len(s.app.results) != s.results {
		s.t.Fatalf("stored %d of %d driver events and %d of %d results",
			len(s.app.numbers), s.seen, len(s.app.results), s.results)
	}
	e := &s.up.Outbox.events
	if len(e.flows)+len(e.numbered)+e.pending+e.used+e.carried != 0 {
		s.t.Fatalf("left behind: %d flows, %d numbers, %d pending, %d used, %d carried",
			len(e.flows), len(e.numbered), e.pending, e.used, e.carried)
	}
}
