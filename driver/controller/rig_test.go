package controller

import (
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// rig is a table with everything around it in plain sight: a library whose posts are listed as lines and
// answered when the test says so, a vendor app that is a list of events, and a clock that stands still.
type rig struct {
	t     *testing.T
	table *Table
	now   time.Time

	ready []*Session
	lines []string // what was posted, in order
	tags  map[Key]uint32
	last  map[string]uint32 // line -> its tag
	fail  error             // what the library says to a post instead of taking it

	events   []*pb.Event
	results  []*pb.CommandResult
	returned []uint64 // lease epochs given back
	credit   int
	room     int // results that may be promised
	promised int
	offered  func() // called by Offer
	asked    []*pb.AdmitRequest
	askedKey []Key
	canceled []Key
	subs     map[uint64]bool
	claims   []string
	keep     time.Duration // how long the last one is to last
	settled  []string
	woken    int
}

var (
	able    = scp.Capabilities{ParallelPosts: true, Rewind: true, CumulativeAck: true, ReportUpTo: true, LogEpochs: true, LastHeard: true}
	careful = scp.Capabilities{Rewind: true, CumulativeAck: true, Pause: true}
)

// leasesEnd is until when the leases of a rig run.
var leasesEnd = time.Unix(1_800_000_000, 0).Add(time.Hour)

const (
	serial    = 61364
	testEpoch = 3 // log epoch
	testLease = 7
)

func newRig(t *testing.T, caps scp.Capabilities) *rig {
	r := &rig{t: t, now: leasesEnd.Add(-time.Hour), credit: 10_000, room: 100, tags: map[Key]uint32{},
		last: map[string]uint32{}, subs: map[uint64]bool{}}
	rules := Rules{Instance: "here", Window: 16, Sequences: 2, Queue: 4, LinkFresh: 3 * time.Second,
		ReplyGrace: 2 * time.Second, Quarantine: 2}
	r.table = NewTable(rules, caps, slog.New(slog.NewTextHandler(io.Discard, nil)))
	r.table.Connect(Ports{Sink: r, Admitter: r, Subscriber: r, Claimer: r, Poster: r, Waker: r})
	r.table.LeasesRunUntil(r.now, leasesEnd)
	return r
}

func (r *rig) Offer(ev encoded.Event) bool {
	if r.offered != nil {
		r.offered()
	}
	if ev.Index != 0 {
		if r.credit == 0 {
			return false
		}
		r.credit--
	}
	r.events = append(r.events, received(ev))
	return true
}

// received is an event as the vendor app reads it.
func received(ev encoded.Event) *pb.Event {
	read := new(pb.Event)
	if err := proto.Unmarshal(ev.Append(nil), read); err != nil {
		panic(err)
	}
	return read
}

func (r *rig) Burst() func() { return func() {} }
func (r *rig) Free() int     { return r.credit }
func (r *rig) Room() bool    { return r.promised < r.room }
func (r *rig) Promise() bool {
	if !r.Room() {
		return false
	}
	r.promised++
	return true
}
func (r *rig) Unpromise()                   { r.promised-- }
func (r *rig) Answer(res *pb.CommandResult) { r.results = append(r.results, res) }
func (r *rig) Result(res *pb.CommandResult) {
	r.promised--
	r.results = append(r.results, res)
}
func (r *rig) Return(_, leaseEpoch uint64) { r.returned = append(r.returned, leaseEpoch) }
func (r *rig) Cancel(key Key)              { r.canceled = append(r.canceled, key) }
func (r *rig) Subscribe(serial uint64)     { r.subs[serial] = true }
func (r *rig) Unsubscribe(serial uint64)   { delete(r.subs, serial) }
func (r *rig) Settled(id string)           { r.settled = append(r.settled, id) }
func (r *rig) Wake()                       { r.woken++ }
func (r *rig) Ready(s *Session)            { r.ready = append(r.ready, s) }
func (r *rig) Admit(key Key, req *pb.AdmitRequest) {
	r.asked, r.askedKey = append(r.asked, req), append(r.askedKey, key)
}
func (r *rig) Claim(_ Key, id string, keep time.Duration) {
	r.claims, r.keep = append(r.claims, id), keep
}

// post lets the library take everything that the sessions want to post.
func (r *rig) post() {
	for len(r.ready) > 0 {
		s := r.ready[0]
		r.ready = r.ready[1:]
		for p, more := s.Next(r.now); more; p, more = s.Next(r.now) {
			line := p.Command.String()
			if r.fail != nil {
				s.Posted(r.now, p, 0, r.fail)
				continue
			}
			r.tags[p.Key]++
			r.lines, r.last[line] = append(r.lines, line), r.tags[p.Key]
			s.Posted(r.now, p, r.tags[p.Key], nil)
		}
	}
}

// say brings messages of the library, as the event thread does, then posts what follows.
func (r *rig) say(messages ...scp.Message) {
	r.table.Receive(r.now, messages)
	r.table.Tick(r.now)
	r.post()
}

// answer replies to a posted line.
func (r *rig) answer(key Key, line string, result scp.Result) {
	r.t.Helper()
	tag, ok := r.last[line]
	if !ok {
		r.t.Fatalf("%q was not posted; posted: %q", line, r.lines)
	}
	r.say(scp.Message{Kind: scp.CommandReply, SCP: key.SCP, Attachment: key.Attachment, Tag: tag, Result: result})
}

// pass lets time go by, in the steps of the event thread.
func (r *rig) pass(d time.Duration) {
	for end := r.now.Add(d); r.now.Before(end); {
		r.now = r.now.Add(min(100*time.Millisecond, end.Sub(r.now)))
		r.table.Tick(r.now)
		r.post()
	}
}

// passToAck goes to the moment at which the first controller is told of the little that was stored.
func (r *rig) passToAck() { r.pass(first.nextAck(r.now, 1).Sub(r.now)) }

var first = Key{SCP: 4, Attachment: 1}

// attach brings a controller as far as its question to the vendor app.
func (r *rig) attach(key Key, oldest, newest uint64) { r.attachAs(serial, key, oldest, newest) }

func (r *rig) attachAs(serial uint64, key Key, oldest, newest uint64) {
	r.say(scp.Message{Kind: scp.CommOnline, SCP: key.SCP, Attachment: key.Attachment, Text: "127.0.0.1:9"},
		scp.Message{Kind: scp.IdentityTold, SCP: key.SCP, Attachment: key.Attachment,
			Identity: &scp.Identity{Serial: serial, LogEpoch: r.epoch(), Oldest: oldest, Newest: newest}})
}

func (r *rig) epoch() uint32 {
	if r.table.caps.LogEpochs {
		return testEpoch
	}
	return 0
}

func (r *rig) grant(key Key, lease uint64, epoch uint32, index uint64, initial ...*pb.Command) {
	r.table.Admitted(r.now, key, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{
		LeaseEpoch: lease, ResumeLogEpoch: epoch, ResumeAfter: index, InitialCommands: initial}}}, r.now, nil)
	r.post()
}

// serve brings a controller with an empty log all the way: leased, rewound, reporting.
func (r *rig) serve() {
	r.t.Helper()
	r.attach(first, 1, 0)
	r.grant(first, testLease, r.epoch(), 0)
	r.answer(first, "9003 4", scp.ReplyOK)
	if r.table.caps.ReportUpTo {
		r.answer(first, "9021 4 3 1", scp.ReplyOK)
		r.answer(first, "9022 4 3 16", scp.ReplyOK)
	} else {
		r.answer(first, "9021 4 0 1", scp.ReplyOK)
		r.answer(first, "9024 4", scp.ReplyOK)
	}
	r.lines, r.events = nil, nil
}

// logs brings transactions from first to last.
func (r *rig) logs(from, to uint64) {
	for i := from; i <= to; i++ {
		r.say(scp.Message{Kind: scp.DoorPosition, SCP: first.SCP, Attachment: first.Attachment,
			LogEpoch: r.epoch(), Index: i, Number: 1, Active: true})
	}
}

func (r *rig) stored(epoch uint32, index uint64) {
	r.table.Acked(r.now, []*pb.LogPosition{{Serial: serial, LogEpoch: epoch, Index: index}})
	r.post()
}

// indexes is the transactions that the vendor app received, in order.
func (r *rig) indexes() (indexes []uint64) {
	for _, ev := range r.events {
		if ev.Index != 0 {
			indexes = append(indexes, ev.Index)
		}
	}
	return indexes
}

func (r *rig) gaps() (gaps []*pb.Gap) {
	for _, ev := range r.events {
		if g := ev.GetGap(); g != nil {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// command publishes an unlock of a door under the test's lease.
func (r *rig) command(id string, door uint32) {
	r.publish(&pb.Command{Id: id, LeaseEpoch: testLease, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: door}}})
}

func (r *rig) publish(c *pb.Command) {
	r.table.Command(r.now, serial, c, r.now)
	r.post()
}

func (r *rig) wantLines(want ...string) {
	r.t.Helper()
	if !slices.Equal(r.lines, want) {
		r.t.Errorf("posted %q, want %q", r.lines, want)
	}
	r.lines = nil
}

// wantResults compares "id outcome" of all results since the last look.
func (r *rig) wantResults(want ...string) {
	r.t.Helper()
	var got []string
	for _, res := range r.results {
		got = append(got, res.Id+" "+res.Outcome.String()[len("OUTCOME_"):])
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("results %q, want %q", got, want)
	}
	r.results = nil
}

func upTo(from, to uint64) (all []uint64) {
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}
