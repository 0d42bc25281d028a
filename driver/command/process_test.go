package command

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/encoded"
	"mercury-driver/driver/pool"
	"mercury-driver/driver/thread"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// process is all of this package around a real table. Its library accepts everything and its controllers
// answer OK at once; its vendor app admits everybody and notes results.
type process struct {
	table        *controller.Table
	subscription *PubSub
	says         chan scp.Message
	admits       chan controller.Key

	mu      sync.Mutex
	tags    uint32
	unlocks []string // "scp door", in the order of their posts
	results map[string][]*pb.CommandResult
	more    chan struct{} // one element a result, as long as there is room
}

func startProcess(t testing.TB, options *redis.Options, controllers int) *process {
	t.Helper()
	p := &process{
		says: make(chan scp.Message, 10_000), admits: make(chan controller.Key, controllers),
		results: make(map[string][]*pb.CommandResult), more: make(chan struct{}, 20),
	}
	instance := fmt.Sprint(rand.Uint64())
	p.table = controller.NewTable(controller.Rules{
		Instance: instance, Window: 256, Sequences: 8, Queue: 1000,
		LinkFresh: time.Minute, ReplyGrace: 2 * time.Second,
	}, scp.Capabilities{ParallelPosts: true, Rewind: true, CumulativeAck: true, ReportUpTo: true, LogEpochs: true, LastHeard: true}, quiet)
	p.subscription = NewPubSub(options, "site:", noKeys, quiet)
	claims := NewClaims(options, false, "site:", instance, quiet)
	pool := pool.New(20, p, thread.NewWatch())
	p.table.Connect(controller.Ports{Sink: p, Admitter: p, Subscriber: p.subscription, Claimer: claims, Poster: pool, Waker: p})
	p.table.LeasesRunUntil(time.Now(), time.Now().Add(time.Hour))

	ctx, cancel := context.WithCancel(context.Background())
	group := new(errgroup.Group)
	group.Go(func() error { return p.subscription.Run(ctx, p.table) })
	group.Go(func() error { return claims.Run(ctx, p.table) })
	group.Go(func() error { return p.events(ctx) })
	pool.Start(ctx, group)
	t.Cleanup(func() {
		cancel()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	for i := range controllers {
		key := controller.Key{SCP: int16(i), Attachment: 1}
		p.say(key, scp.Message{Kind: scp.CommOnline})
		p.say(key, scp.Message{Kind: scp.IdentityTold, Identity: &scp.Identity{Serial: uint64(i + 1), LogEpoch: 1, Oldest: 1}})
	}
	eventually(t, "all commands are heard", 10*time.Second, func() bool {
		return p.subscription.Stats().Subscribed == controllers
	})
	return p
}

// events is the event thread.
func (p *process) events(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case m := <-p.says:
			p.table.Receive(time.Now(), []scp.Message{m})
		case key := <-p.admits:
			p.table.Admitted(time.Now(), key, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{
				Admitted: &pb.Admitted{LeaseEpoch: 1, ResumeLogEpoch: 1}}}, time.Now(), nil)
		case <-tick.C:
			p.table.Tick(time.Now())
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *process) say(key controller.Key, m scp.Message) {
	m.SCP, m.Attachment = key.SCP, key.Attachment
	p.says <- m
}

func (p *process) Post(post controller.Post) (uint32, error) {
	p.mu.Lock()
	p.tags++
	tag := p.tags
	if unlock, ok := post.Command.Action.(scp.Unlock); ok {
		p.unlocks = append(p.unlocks, fmt.Sprint(post.Key.SCP, " ", unlock.Door))
	}
	p.mu.Unlock()
	p.say(post.Key, scp.Message{Kind: scp.CommandReply, Tag: tag, Result: scp.ReplyOK})
	return tag, nil
}

func (p *process) Wake() {}

func (p *process) Admit(key controller.Key, _ *pb.AdmitRequest) { p.admits <- key }
func (p *process) Cancel(controller.Key)                        {}
func (p *process) Offer(encoded.Event) bool                     { return true }
func (p *process) Burst() func()                                { return func() {} }
func (p *process) Free() int                                    { return 1 << 20 }
func (p *process) Room() bool                                   { return true }
func (p *process) Promise() bool                                { return true }
func (p *process) Unpromise()                                   {}
func (p *process) Answer(r *pb.CommandResult)                   { p.Result(r) }
func (p *process) Return(_, _ uint64)                           {}

func (p *process) Result(r *pb.CommandResult) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.results[r.Id] = append(p.results[r.Id], r)
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *process) ended() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.results)
}

// Two processes hold the same controllers, which must not happen and can: every command is run once and
// answered once, in order, whichever of them runs it.
func TestCommandsEndOnceInOneOfTwoProcesses(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		const controllers, each = 10, 50
		options := &redis.Options{Addr: address}
		one, two := startProcess(t, options, controllers), startProcess(t, options, controllers)
		client := dialRedis(t, address)
		for door := range each {
			for serial := range controllers {
				payload := fmt.Sprintf(`{"id":"%d-%d","unlock":{"door":%d}}`, serial+1, door, door+1)
				if err := client.Publish(context.Background(), fmt.Sprint("site:", serial+1), payload).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		eventually(t, "all are answered", 20*time.Second, func() bool { return one.ended()+two.ended() >= controllers*each })

		unlocks := 0
		for _, p := range []*process{one, two} {
			last := make(map[string]int)
			for _, unlock := range p.unlocks {
				scp, text, _ := strings.Cut(unlock, " ")
				var door int
				fmt.Sscan(text, &door)
				if door <= last[scp] {
					t.Errorf("controller %s: door %d after %d", scp, door, last[scp])
				}
				last[scp] = door
				unlocks++
			}
			for id, results := range p.results {
				if len(results) != 1 || results[0].Outcome != pb.Outcome_OUTCOME_DONE {
					t.Errorf("%s ended %v", id, results)
				}
			}
		}
		if unlocks != controllers*each || one.ended()+two.ended() != controllers*each {
			t.Errorf("%d + %d results, %d unlocks; %d were published", one.ended(), two.ended(), unlocks, controllers*each)
		}
		t.Logf("%d and %d commands", one.ended(), two.ended())
	})
}

func TestMalformedCommandIsRefused(t *testing.T) {
	address := realRedis(t)
	p := startProcess(t, &redis.Options{Addr: address}, 1)
	client := dialRedis(t, address)
	client.Publish(context.Background(), "site:1", `{"id":"c-1","unlock":{"door":"front"}}`)
	client.Publish(context.Background(), "site:1", `{"id":"c-2"}`)
	eventually(t, "both are refused", 5*time.Second, func() bool { return p.ended() == 2 })
	for id, results := range p.results {
		if len(results) != 1 || results[0].Outcome != pb.Outcome_OUTCOME_REFUSED || results[0].Reason == "" {
			t.Errorf("%s ended %v", id, results)
		}
	}
}

// What the network held back for longer than a command is good for must not move a door any more.
func TestLateCommandExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := miniredis.NewMiniRedis()
		t.Cleanup(server.Close)
		w := newWire(t, server.Dial)
		p := startProcess(t, &redis.Options{Addr: "127.0.0.1:1", Dialer: w.Dial}, 1)
		time.Sleep(10 * time.Second)
		server.Publish("site:1", `{"id":"timely","ttlMs":2000,"leaseEpoch":1,"unlock":{"door":1}}`)
		synctest.Wait()
		w.hold(fromRedis)
		server.Publish("site:1", `{"id":"late","ttlMs":2000,"leaseEpoch":1,"unlock":{"door":2}}`)
		time.Sleep(2100 * time.Millisecond)
		w.release()
		eventually(t, "both are answered", time.Second, func() bool { return p.ended() == 2 })
		if got := p.results["timely"][0].Outcome; got != pb.Outcome_OUTCOME_DONE {
			t.Errorf("timely: %v", got)
		}
		if got := p.results["late"][0].Outcome; got != pb.Outcome_OUTCOME_EXPIRED {
			t.Errorf("late: %v", got)
		}
		if len(p.unlocks) != 1 || p.subscription.Stats().Reconnects != 0 {
			t.Errorf("doors unlocked: %q, %+v", p.unlocks, p.subscription.Stats())
		}
	})
}

// Redis is heard and does not hear: what must be claimed holds up what needs no claim for 3 s, and is never posted.
func TestRedisThatDiesBeforeTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := miniredis.NewMiniRedis()
		t.Cleanup(server.Close)
		w := newWire(t, server.Dial)
		p := startProcess(t, &redis.Options{Addr: "127.0.0.1:1", Dialer: w.Dial}, 1)
		time.Sleep(10 * time.Second)
		w.hold(toRedis)
		server.Publish("site:1", `{"id":"claimed","ttlMs":60000,"unlock":{"door":1}}`)
		server.Publish("site:1", `{"id":"named","ttlMs":60000,"leaseEpoch":1,"unlock":{"door":2}}`)
		time.Sleep(2900 * time.Millisecond)
		if synctest.Wait(); p.ended() != 0 {
			t.Errorf("unlocked %q out of order", p.unlocks)
		}
		time.Sleep(300 * time.Millisecond)
		if synctest.Wait(); p.ended() != 1 || len(p.results["named"]) != 1 {
			t.Errorf("results %v after 3.2 s", p.results)
		}
		w.release()
		eventually(t, "both are answered", 20*time.Second, func() bool { return p.ended() == 2 })
		if got := p.results["claimed"][0]; got.Outcome != pb.Outcome_OUTCOME_REFUSED || len(p.unlocks) != 1 {
			t.Errorf("claimed: %v, doors unlocked: %q", got, p.unlocks)
		}
	})
}

// BenchmarkPublishToResult is the way of a command from PUBLISH through the library to its result, one
// command at a time, and 20.
func BenchmarkPublishToResult(b *testing.B) {
	for _, outstanding := range []int{1, 20} {
		b.Run(fmt.Sprint(outstanding), func(b *testing.B) {
			address := realRedis(b)
			p := startProcess(b, &redis.Options{Addr: address}, 20)
			client := dialRedis(b, address)
			published := 0
			for b.Loop() {
				if published >= outstanding {
					<-p.more
				}
				published++
				client.Publish(context.Background(), fmt.Sprint("site:", published%20+1),
					fmt.Sprintf(`{"id":"%d","leaseEpoch":1,"unlock":{"door":1}}`, published))
			}
		})
	}
}
