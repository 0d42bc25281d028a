package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/command"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/encoded"
	"mercury-driver/driver/spool"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// drainRig is a process with one controller that answers everything but commands, and with a vendor app that is away.
type drainRig struct {
	*process
	ready chan *controller.Session
	lines []string // what was posted
	shut  bool     // the channel was closed
}

const served = 61364

func (r *drainRig) Ready(s *controller.Session)                 { r.ready <- s }
func (r *drainRig) Wake()                                       {}
func (r *drainRig) Subscribe(uint64)                            {}
func (r *drainRig) Unsubscribe(uint64)                          {}
func (r *drainRig) Settled(string)                              {}
func (r *drainRig) Claim(controller.Key, string, time.Duration) {}
func (r *drainRig) Cancel(controller.Key)                       {}
func (r *drainRig) Admit(controller.Key, *pb.AdmitRequest)      {}
func (r *drainRig) say(m scp.Message) {
	m.Attachment = 1
	r.table.Receive(time.Now(), []scp.Message{m})
}
func (r *drainRig) answer(tag uint32) {
	r.say(scp.Message{Kind: scp.CommandReply, Tag: tag, Result: scp.ReplyOK})
}

// startDrainRig serves the controller.
func startDrainRig(t *testing.T) *drainRig {
	log := slog.New(slog.DiscardHandler)
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	r := &drainRig{ready: make(chan *controller.Session, 100), process: &process{
		log: log, failed: ctx, closing: make(chan chan error),
		table: controller.NewTable(controller.Rules{Window: 256, Sequences: 8, Queue: 64, ReplyGrace: 2 * time.Second},
			scp.Capabilities{Rewind: true, CumulativeAck: true, ReportUpTo: true, LastHeard: true}, log),
		uplink:   uplink.New[controller.Key](uplink.Config{Hello: &pb.Hello{}, Log: log}),
		commands: command.NewPubSub(&redis.Options{}, "", nil, log),
	}}
	r.table.Connect(controller.Ports{Sink: r.uplink.Outbox, Admitter: r, Subscriber: r, Claimer: r, Poster: r, Waker: r})
	go r.post(ctx)
	r.table.LeasesRunUntil(time.Now(), time.Now().Add(time.Hour))
	r.say(scp.Message{Kind: scp.CommOnline})
	r.say(scp.Message{Kind: scp.IdentityTold, Identity: &scp.Identity{Serial: served, Oldest: 1}})
	r.table.Admitted(time.Now(), controller.Key{Attachment: 1}, &pb.AdmitResponse{
		Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{LeaseEpoch: 1}}}, time.Now(), nil)
	synctest.Wait()
	return r
}

// post is a command thread, and the controller behind it.
func (r *drainRig) post(ctx context.Context) {
	for tag := uint32(1); ; {
		select {
		case s := <-r.ready:
			for p, more := s.Next(time.Now()); more; p, more = s.Next(time.Now()) {
				r.lines = append(r.lines, p.Command.String())
				s.Posted(time.Now(), p, tag, nil)
				switch p.Command.Action.(type) {
				case scp.Detach:
					r.say(scp.Message{Kind: scp.CommOffline})
				case scp.Unlock:
				default:
					r.answer(tag)
				}
				tag++
			}
		case closed := <-r.closing:
			r.shut = true
			closed <- nil
		case <-ctx.Done():
			return
		}
	}
}

func TestDrainLetsControllersGoWhateverIsLeftUnanswered(t *testing.T) {
	commands := map[string]*pb.Command{
		"nothing": nil,
		"by the controller": {Id: "c", LeaseEpoch: 1, TtlMs: 60_000,
			Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}},
		"by Redis": {Id: "c", TtlMs: 60_000, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}},
	}
	for name, c := range commands {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startDrainRig(t)
				if c != nil {
					r.table.Command(time.Now(), served, c, time.Now())
				}
				const grace = 20 * time.Second
				began := time.Now()
				r.drain(grace)
				if took := time.Since(began); took > grace-leaveWithin-flushBound {
					t.Errorf("the drain took %v", took)
				}
				synctest.Wait()
				if !slices.Contains(r.lines, "9033 0") || r.table.Attached() != 0 || !r.shut {
					t.Errorf("posted %q, %d attached, port closed: %v", r.lines, r.table.Attached(), r.shut)
				}
			})
		})
	}
}

// What is on disk waits for the next start, however slowly the vendor app takes what it was given.
func TestDrainDoesNotWaitForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startDrainRig(t)
		var err error
		r.spool, err = spool.Open(t.TempDir(), 5001, 1<<20, r.uplink.Outbox, r.table, r.log)
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		var parts sync.WaitGroup
		parts.Go(func() { r.spool.Run(ctx) })
		time.Sleep(10 * time.Second) // it is away for long
		for index := uint64(1); index <= 4000; index++ {
			r.spool.Offer(encoded.Transaction(&scp.Message{Index: index}, encoded.Receipt{Serial: served + 1}))
		}
		synctest.Wait()
		parts.Go(func() { r.slowApp(t, ctx) })
		time.Sleep(time.Second)
		began := time.Now()
		r.drain(20 * time.Second)
		if took := time.Since(began); took > 8*time.Second || r.spool.Counts().Bytes == 0 {
			t.Errorf("the drain took %v, %+v", took, r.spool.Counts())
		}
		end()
		parts.Wait()
	})
}

// eventsIn is a batch as the vendor app reads it, empty for nil.
func eventsIn(t *testing.T, m *pb.ConnectRequest) []*pb.Event {
	t.Helper()
	written, err := proto.Marshal(m.GetEvents())
	if err != nil {
		t.Fatal(err)
	}
	batch := new(pb.EventBatch)
	if err := proto.Unmarshal(written, batch); err != nil {
		t.Fatal(err)
	}
	return batch.Events
}

// slowApp is a vendor app that takes a second to store a batch.
func (r *drainRig) slowApp(t *testing.T, ctx context.Context) {
	stream := r.uplink.Open(time.Now(), r.handler())
	defer stream.Close()
	stream.Receive(time.Now(), &pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{
		Welcome: &pb.Welcome{LeaseTtlMs: 10_000, Credit: 512}}})
	for ctx.Err() == nil {
		m, _ := stream.Next(time.Now())
		for m != nil && m.GetEvents() == nil {
			m, _ = stream.Next(time.Now())
		}
		ack := &pb.Ack{}
		for _, ev := range eventsIn(t, m) {
			if ev.Index == 0 {
				ack.DriverEvents = append(ack.DriverEvents, ev.Number)
			} else {
				ack.Transactions = []*pb.LogPosition{{Serial: ev.Serial, Index: ev.Index}}
			}
		}
		time.Sleep(time.Second)
		stream.Receive(time.Now(), &pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{Ack: ack}})
	}
}
