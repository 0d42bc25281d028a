package world

import (
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"mercury-driver/driver/command"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/encoded"
	"mercury-driver/driver/spool"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/simulate/oracle"
)

// driver is one driver process: its parts as main wires them together, and what carries their bytes.
type driver struct {
	world    *World
	host     *host
	instance string
	port     int // its place among the processes

	library   *library
	post      post         // to the library
	outbox    spool.Outbox // the uplink's
	spool     *spooler     // nil: none
	table     *controller.Table
	uplink    *uplink.Uplink[controller.Key]
	published *command.PubSub
	claims    *command.Claims

	handler  uplink.Handler[controller.Key] // the table, as the uplink sees it
	commands command.Commands               // and as the subscription does

	ear      ear
	claimant claimant
	threads  threads
	events   eventThread
	line     line

	granted uint32 // the most credit so far
}

// startDriver starts a process on a port, with nothing left of the one before.
func (w *World) startDriver(port int) {
	w.starts++
	d := &driver{world: w, port: port, instance: fmt.Sprintf("p%d.%d", port, w.starts)}
	d.host = w.newHost(d.instance, w.machines[fmt.Sprint("driver", port)])
	w.drivers[port], w.started[d.instance] = d, d
	log := w.logger(d.instance)
	s := w.settings
	d.table = controller.NewTable(controller.Rules{
		Instance: d.instance, Window: s.window, Sequences: s.sequences, Queue: s.queue,
		LinkFresh: 3 * time.Second, ReplyGrace: replyGrace,
	}, s.caps, log)
	d.uplink = uplink.New[controller.Key](uplink.Config{
		Addr: "app", Log: log, Jitter: w.rand.Float64, DriverEvents: s.driverEvents, Results: s.results,
		Hello: &pb.Hello{ContractVersion: 1, Instance: d.instance, Port: uint32(5001 + port), Version: "simulated",
			Traits: &pb.LibraryTraits{LogEpochs: s.caps.LogEpochs}},
	})
	gate, err := command.OpenGate("", log)
	if err != nil {
		w.oracle.Fault("%s: %v", d.instance, err)
	}
	redis := &goredis.Options{Addr: "redis"}
	d.published = command.NewPubSub(redis, "", gate, log)
	d.claims = command.NewClaims(redis, false, "", d.instance, log)
	d.library = newLibrary(d)
	d.post, d.outbox = w.seams.post(d, d.library.post), w.seams.outbox(d, d.uplink.Outbox)
	ports := controller.Ports{Sink: sink{d.outbox, d}, Admitter: &d.line.asker, Subscriber: subscriber{d.published, d},
		Claimer: w.seams.claimer(d, claimer{d}), Poster: &d.threads, Waker: &d.events}
	d.handler, d.commands = d.table, w.seams.command(d, d.table)
	if d.spool = d.openSpool(); d.spool != nil {
		ports.Sink, ports.Spool = sink{d.spool, d}, d.spool
		d.handler = spooled{d.table, d.spool}
	}
	d.handler, d.commands = hearsDirect{w.seams.handler(d, d.handler), d}, hearsPublished{d.commands, d}
	d.table.Connect(ports)
	d.threads.start(d)
	d.claimant.start(d)
	d.ear.start(d)
	d.events.start(d)
	d.line.start(d)
	d.line.dial()
	d.ear.dial()
}

// replyGrace is how long after its ttl a command's reply is waited for.
const replyGrace = 2 * time.Second

// stepped comes behind every step of the sessions: there may be something to send.
func (d *driver) stepped() { d.line.sender.soon() }

// sink is the outbox, or the spool before it, under the eyes of the oracle.
type sink struct {
	controller.Sink
	driver *driver
}

func (s sink) Offer(ev encoded.Event) bool {
	if gap := ev.Gap(); gap != nil {
		s.driver.world.oracle.Missing(oracle.Gap{Serial: ev.Serial, Epoch: ev.LogEpoch, First: gap.First, Last: gap.Last})
	}
	return s.Sink.Offer(ev)
}

func (s sink) Result(r *pb.CommandResult) {
	s.driver.world.oracle.Ends(s.driver.instance, r)
	s.Sink.Result(r)
}

// Answer keeps no answer for which there is no room: that is counted.
func (s sink) Answer(r *pb.CommandResult) {
	outbox := s.driver.uplink.Outbox
	lost := outbox.Counts().LostResults
	if s.Sink.Answer(r); outbox.Counts().LostResults == lost {
		s.driver.world.oracle.Ends(s.driver.instance, r)
	}
}

type subscriber struct {
	*command.PubSub
	driver *driver
}

func (s subscriber) Subscribe(serial uint64) {
	s.PubSub.Subscribe(serial)
	s.driver.ear.teller.soon()
}

func (s subscriber) Unsubscribe(serial uint64) {
	s.PubSub.Unsubscribe(serial)
	s.driver.ear.teller.soon()
}

type claimer struct{ driver *driver }

func (c claimer) Claim(key controller.Key, id string, keep time.Duration) {
	c.driver.claims.Add(c.driver.host.now(), key, id, keep)
	c.driver.claimant.wake.soon()
}
