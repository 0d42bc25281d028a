package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/e2e/oracle"
)

// orders gives a system commands for its panels, by chance and in bursts, from a goroutine of its own.
type orders struct {
	panels int
	total  int // 0: until end
	// forgiving is for a system of which parts are away meanwhile: who finds nobody to ask does not complain.
	forgiving bool

	t      *testing.T
	system *system
	chance *rand.Rand
	waits  sync.WaitGroup // for the app's answers
	over   context.Context
	finish context.CancelFunc
	all    chan struct{} // closed when all were given, and the app has answered

	mu     sync.Mutex // guards what follows
	begun  int
	newest time.Time     // when the last one was given
	sent   []oracle.Sent // by hand
}

// A burst is so many commands at once.
const (
	burst      = 25
	burstEvery = 500 * time.Millisecond
)

// startOrders begins to give so many commands to the panels of a fleet.
func startOrders(t *testing.T, s *system, panels, total int) *orders {
	return (&orders{panels: panels, total: total}).start(t, s)
}

func (o *orders) start(t *testing.T, s *system) *orders {
	o.t, o.system, o.chance, o.all = t, s, rand.New(rand.NewPCG(seed, 1)), make(chan struct{})
	o.over, o.finish = context.WithCancel(context.Background())
	t.Cleanup(func() { o.finish(); <-o.all })
	go o.run()
	return o
}

func (o *orders) run() {
	defer close(o.all)
	defer o.waits.Wait()
	tick := time.NewTicker(burstEvery)
	defer tick.Stop()
	for number := 0; o.total == 0 || number < o.total; number++ {
		if number%burst == 0 {
			select {
			case <-tick.C:
			case <-o.over.Done():
				return
			}
		}
		o.give(number)
	}
}

// give sends one command and does not wait for its end.
func (o *orders) give(number int) {
	serial := firstSerial + o.chance.Uint64N(uint64(o.panels))
	c := o.draw(number)
	o.mu.Lock()
	o.begun, o.newest = o.begun+1, time.Now()
	o.mu.Unlock()
	if number%10 == 0 {
		o.publish(serial, number, c)
		return
	}
	route := appv1.Route_ROUTE_REDIS
	switch number % 10 {
	case 1:
		route = appv1.Route_ROUTE_CLAIM
	case 2:
		route = appv1.Route_ROUTE_STREAM
	}
	o.waits.Go(func() {
		if _, err := o.system.app.send(serial, c, route); err != nil && !o.forgiving {
			o.t.Errorf("command %d for %d: %v", number, serial, err)
		}
	})
}

// draw makes a command. Most can be told from all others by their arguments; a panel has doors 1 to 4.
func (o *orders) draw(number int) *pb.Command {
	c := &pb.Command{TtlMs: 5000, RequestedBy: "e2e"}
	switch o.chance.IntN(3) {
	case 0:
		c.Action = &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1 + o.chance.Uint32N(5)}}
	case 1:
		c.Action = &pb.Command_PutCard{PutCard: &pb.PutCard{Card: uint64(5_000_000 + number), Doors: 1}}
	case 2:
		c.Action = &pb.Command_Output{Output: &pb.SetOutput{Output: 1 + o.chance.Uint32N(4),
			Action: pb.OutputAction_OUTPUT_ACTION_PULSE, PulseMs: uint32(100 + number)}}
	}
	return c
}

// publish sends one by hand, as JSON and for whichever driver claims it.
func (o *orders) publish(serial uint64, number int, c *pb.Command) {
	c.Id = fmt.Sprintf("by-hand-%d", number)
	payload := protojson.MarshalOptions{UseProtoNames: true}.Format(c)
	at := time.Now()
	heard, err := o.system.redis.tryPublish(serial, payload)
	if err != nil && !o.forgiving {
		o.t.Errorf("publish command %d to %d: %v", number, serial, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, oracle.Sent{Serial: serial, Payload: payload, At: at, Heard: heard > 0 || err != nil})
}

// await waits until so many commands were given.
func (o *orders) await(number int) {
	o.t.Helper()
	eventually(o.t, time.Minute, fmt.Sprintf("%d commands are given", number), func() error {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.begun < number {
			return fmt.Errorf("%d are", o.begun)
		}
		return nil
	})
}

// end waits until all commands were given and have ended. Those by hand that a driver heard end with a result, or are given up
// when none could come any more.
func (o *orders) end() []oracle.Sent {
	o.t.Helper()
	if o.total == 0 {
		o.finish()
	}
	<-o.all
	heard := 0
	for _, s := range o.sent {
		if s.Heard {
			heard++
		}
	}
	eventually(o.t, 20*time.Second, "the commands by hand end", func() error {
		answered := o.system.app.count(`SELECT count(DISTINCT id) FROM results WHERE id LIKE 'by-hand-%'`)
		if answered < heard && time.Since(o.newest) < 10*time.Second {
			return fmt.Errorf("%d of %d have", answered, heard)
		}
		return nil
	})
	return o.sent
}
