package controller

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// storm is a session between a controller and a vendor app that are moved in any order, one small step at a
// time: posts that come back late, links that break, logs that wrap and are erased, leases that end, credit that
// runs out. Whatever the order, the app gets every transaction that was there to be had.
type storm struct {
	*testing.T
	rand  *rand.Rand
	table *Table
	now   time.Time

	// The controller and its link.
	key       Key
	up        bool
	log       stormLog
	next      uint64
	bound     uint64
	reporting bool
	down, say []scp.Message         // commands, as their replies, and messages under way
	actions   map[uint32]scp.Action // of the commands, by tag
	tag       uint32

	// The command thread, and the post that it carries.
	ready  []*Session
	at     *Session
	post   *Post
	posted uint32 // 0: not handed over yet

	// The vendor app.
	commands map[string]*stormCommand // by id
	claims   []stormClaim
	promised int
	credit   int
	lease    uint64
	asked    []Key
	kept     []*pb.Event
	stored   map[uint32]map[uint64]bool // by log epoch
	onDisk   map[uint32]map[uint64]bool // by log epoch, where all is said once: what is stored stays
	last     map[uint32]uint64          // and its newest
	base     uint64                     // where log number based was resumed
	based    uint32
}

func newStorm(t *testing.T, seed uint64, caps scp.Capabilities) *storm {
	w := &storm{T: t, rand: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1_800_000_000, 0), credit: 40, key: Key{SCP: 4},
		log: stormLog{epoch: 1, oldest: 1}, stored: map[uint32]map[uint64]bool{},
		onDisk: map[uint32]map[uint64]bool{}, last: map[uint32]uint64{},
		commands: map[string]*stormCommand{}}
	w.table = NewTable(Rules{Instance: "here", Window: 16, Sequences: 2, Queue: 4, LinkFresh: 3 * time.Second,
		ReplyGrace: 2 * time.Second}, caps, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ports := Ports{Sink: w, Admitter: w, Subscriber: w, Claimer: w, Poster: w, Waker: w}
	if !caps.Rewind {
		ports.Spool = w
	}
	w.table.Connect(ports)
	w.table.LeasesRunUntil(w.now, w.now.Add(24*time.Hour))
	return w
}

func (w *storm) Offer(offered encoded.Event) bool {
	ev := received(offered)
	if g := ev.GetGap(); g != nil {
		w.gap(ev.LogEpoch, g)
	}
	switch {
	case ev.Index == 0:
	case w.once():
		if w.onDisk[ev.LogEpoch] == nil {
			w.onDisk[ev.LogEpoch] = map[uint64]bool{}
		}
		w.onDisk[ev.LogEpoch][ev.Index] = true
		w.last[ev.LogEpoch] = max(w.last[ev.LogEpoch], ev.Index)
	case w.credit == 0:
		return false
	default:
		w.credit--
	}
	w.kept = append(w.kept, ev)
	return true
}
func (w *storm) Burst() func()                     { return func() {} }
func (w *storm) Free() int                         { return w.credit }
func (w *storm) Return(uint64, uint64)             {}
func (w *storm) Cancel(key Key)                    {}
func (w *storm) Wake()                             {}
func (w *storm) Subscribe(uint64)                  {}
func (w *storm) Unsubscribe(uint64)                {}
func (w *storm) Admit(key Key, _ *pb.AdmitRequest) { w.asked = append(w.asked, key) }
func (w *storm) Ready(s *Session) {
	if !slices.Contains(w.ready, s) {
		w.ready = append(w.ready, s)
	}
}

// gap fails when what it says is missing could still be had.
func (w *storm) gap(epoch uint32, g *pb.Gap) {
	if g.Cause == pb.GapCause_GAP_CAUSE_ERASED {
		if epoch == w.log.epoch {
			w.Fatalf("log %d was not erased: %v", epoch, g)
		}
		return
	}
	for i := g.First; i <= g.Last; i++ {
		if epoch == w.log.epoch && i >= w.log.oldest && i <= w.log.newest {
			w.Fatalf("%d of log %d is still there: %v", i, epoch, g)
		}
	}
	for i := g.First; i <= g.Last; i++ {
		w.store(epoch, i)
	}
}

func (w *storm) store(epoch uint32, index uint64) {
	if w.stored[epoch] == nil {
		w.stored[epoch] = map[uint64]bool{}
	}
	w.stored[epoch][index] = true
}

func (w *storm) through(epoch uint32, index uint64) uint64 {
	for w.stored[epoch][index+1] {
		index++
	}
	return index
}

// steps are what may happen next, and how often in comparison.
var steps = []struct {
	often int
	name  string
	do    func(*storm)
}{
	{40, "drain", (*storm).drain},
	{30, "report", (*storm).report},
	{30, "execute", (*storm).execute},
	{40, "thread", (*storm).thread},
	{15, "log", (*storm).entry},
	{15, "ack", (*storm).ack},
	{10, "verdict", (*storm).verdict},
	{30, "publish", (*storm).publish},
	{20, "claims", (*storm).decide},
	{3, "delay", func(w *storm) { w.now = w.now.Add(time.Duration(w.rand.IntN(800)) * time.Millisecond) }},
	{10, "tick", func(w *storm) { w.pass(time.Duration(w.rand.IntN(500)) * time.Millisecond) }},
	{1, "burst", func(w *storm) {
		for range w.rand.IntN(2 * stormRoom) {
			w.carry()
			w.pass(silentFor / 10)
			w.entry()
		}
	}},
	{1, "cut", (*storm).cut},
	{1, "revoke", func(w *storm) {
		w.table.Revoked(w.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: w.lease})
	}},
	{1, "erase", func(w *storm) {
		if w.rand.IntN(4) == 0 {
			w.log = stormLog{epoch: w.log.epoch + 1, oldest: 1}
			w.next = 1
			if w.rand.IntN(2) == 0 { // else the link outlives it, and so does how far it may report
				w.cut()
			}
		}
	}},
	{1, "credit", func(w *storm) { w.credit += w.rand.IntN(20) }},
}

func (w *storm) step() {
	if !w.up {
		w.attach()
	}
	total := 0
	for _, s := range steps {
		total += s.often
	}
	n := w.rand.IntN(total)
	for _, s := range steps {
		if n -= s.often; n < 0 {
			s.do(w)
			w.balances()
			return
		}
	}
}

// carry lets what is under way arrive: a log takes long to wrap.
func (w *storm) carry() {
	for range 5 {
		w.thread()
		w.execute()
		w.report()
		w.receive(len(w.say))
	}
}

func (w *storm) pass(d time.Duration) {
	w.now = w.now.Add(d)
	w.table.Tick(w.now)
	if w.table.Due(w.now) == 0 {
		w.Fatal("what is due stays due: the event thread would do nothing else")
	}
}

// thread is a command thread: it takes a post, hands it to the library, and says that it did, each in a
// step of its own.
func (w *storm) thread() {
	switch {
	case w.post != nil && w.posted == 0:
		w.tag++
		w.posted = w.tag
		if w.up && w.post.Key == w.key {
			w.actions[w.tag] = w.post.Command.Action
			w.down = append(w.down, scp.Message{Kind: scp.CommandReply, Tag: w.tag})
		}
	case w.post != nil:
		var err error
		if w.post.Key != w.key {
			err = &scp.Error{Code: scp.Gone}
		}
		p, tag := *w.post, w.posted
		w.post, w.posted = nil, 0
		w.at.Posted(w.now, p, tag, err)
	case w.at != nil:
		p, more := w.at.Next(w.now)
		if !more {
			w.at = nil
			return
		}
		w.watch(&p)
		w.post = &p
	case len(w.ready) > 0:
		w.at, w.ready = w.ready[0], w.ready[1:]
	}
}

// ack is the vendor app that stores what came first, and says so.
func (w *storm) ack() {
	n := w.rand.IntN(len(w.kept) + 1)
	epochs := map[uint32]bool{}
	for _, ev := range w.kept[:n] {
		if ev.Index != 0 {
			w.store(ev.LogEpoch, ev.Index)
			w.credit++
			epochs[ev.LogEpoch] = true
		}
	}
	w.kept = w.kept[n:]
	for epoch := range epochs {
		base := uint64(0)
		if epoch == w.based {
			base = w.base
		}
		w.table.Acked(w.now, []*pb.LogPosition{{Serial: serial, LogEpoch: epoch, Index: w.through(epoch, base)}})
	}
}

// verdict admits who asks.
func (w *storm) verdict() {
	if len(w.asked) == 0 {
		return
	}
	key := w.asked[0]
	w.asked = w.asked[1:]
	w.lease++
	epoch := uint32(0)
	for e := range w.stored {
		epoch = max(epoch, e)
	}
	if epoch == 0 {
		epoch = w.log.epoch
	}
	w.based, w.base = epoch, w.through(epoch, 0)
	w.table.Admitted(w.now, key, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{
		LeaseEpoch: w.lease, ResumeLogEpoch: epoch, ResumeAfter: w.base}}}, w.now, nil)
}

// settle lets everything come to rest.
func (w *storm) settle() {
	for range 20_000 {
		if !w.up {
			w.attach()
		}
		w.drain()
		w.report()
		w.execute()
		w.thread()
		w.ack()
		w.verdict()
		w.decide()
		w.pass(20 * time.Millisecond)
		w.balances()
		if w.through(w.log.epoch, w.log.oldest-1) == w.log.newest {
			return
		}
	}
	s := w.table.ofSerial(serial)
	w.Fatalf("stored up to %d of %d to %d; stage %d, log %+v, outbox %+v; credit %d, next %d, bound %d, post %v, %d say, %d down, key %v", w.through(w.log.epoch, w.log.oldest-1),
		w.log.oldest, w.log.newest, s.stage, s.log, s.outbox, w.credit, w.next, w.bound, w.post, len(w.say), len(w.down), w.key)
}

func TestStorm(t *testing.T) {
	for name, caps := range map[string]scp.Capabilities{
		"able":         able,
		"pause":        {Rewind: true, CumulativeAck: true, Pause: true, LogEpochs: true},
		"once":         once,
		"once, paused": {CumulativeAck: true, Pause: true, LogEpochs: true},
	} {
		for seed := range uint64(25) {
			t.Run(fmt.Sprint(name, ", seed ", seed), func(t *testing.T) {
				w := newStorm(t, seed, caps)
				for range 20 {
					for range 300 {
						w.step()
					}
					w.settle()
					for range 800 { // beyond the ttl of all commands
						w.carry()
						w.decide()
						w.pass(20 * time.Millisecond)
					}
					w.ends()
					w.rests()
				}
			})
		}
	}
}
