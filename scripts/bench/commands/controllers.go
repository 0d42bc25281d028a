package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/resp"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/sim/fleet"
	"mercury-driver/sim/panel"
)

// controllers are panels in this process that have dialled a driver, and who publishes the commands for them. One
// goroutine.
type controllers struct {
	fleet     *fleet.Fleet
	stop      context.CancelFunc
	publisher *resp.Publisher
	leases    []lease
	turn      int // of leases
	commands  int
	moved     chan relay
	patience  *time.Timer
}

// lease is one controller, and what a command for it names so that nobody has to claim it; 0: it names nothing.
type lease struct{ serial, epoch uint64 }

// relay is one that moved, of the controller with that place in leases.
type relay struct {
	of int
	at time.Time
}

// attach lets so many panels dial a driver that has others already, and returns when their commands are heard.
func (s *scene) attach(d *stage.Driver, others int, firstSerial uint64, panels int) (*controllers, error) {
	c := &controllers{moved: make(chan relay, panels), patience: time.NewTimer(0)}
	var err error
	if c.publisher, err = resp.NewPublisher(stage.Loopback(s.redis)); err != nil {
		return nil, err
	}
	c.fleet, err = fleet.New(fleet.Options{Connect: []string{stage.Loopback(d.Port)}, Panels: panels, FirstSerial: firstSerial,
		Scenario: "idle", Recorder: func(serial uint64) panel.Recorder { return strike{int(serial - firstSerial), c.moved} }})
	if err != nil {
		return nil, errors.Join(err, c.publisher.Close())
	}
	ctx, stop := context.WithCancel(s.Context)
	c.stop = stop
	c.fleet.Start(ctx)
	if err := errors.Join(s.heard(d, others+panels), s.Pause(settled)); err != nil {
		return nil, errors.Join(err, c.leave())
	}
	for serial := firstSerial; serial < firstSerial+uint64(panels); serial++ {
		epoch, err := s.app.Lease(serial)
		if err != nil {
			return nil, errors.Join(err, c.leave())
		}
		c.leases = append(c.leases, lease{serial, epoch})
	}
	return c, nil
}

// settled is after the last attachment. Thousands of controllers are still told one by one what the app has of their coming.
const settled = 2500 * time.Millisecond

// heard waits until the commands of so many controllers are heard by a driver.
func (s *scene) heard(d *stage.Driver, controllers int) error {
	return s.Until(time.Minute, 50*time.Millisecond, func() error {
		n, err := d.Metric("mercury_subscriptions")
		if err == nil && n != float64(controllers) {
			err = fmt.Errorf("commands of %v controllers are heard, want %d", n, controllers)
		}
		return err
	})
}

// leave ends the panels.
func (c *controllers) leave() error {
	c.stop()
	return errors.Join(c.fleet.Wait(), c.publisher.Close())
}

// strike is the panel.Recorder of a panel whose doors are unlocked.
type strike struct {
	of    int
	moved chan<- relay // has room for each command that is under way
}

func (strike) Logged(panel.Entry)    {}
func (strike) Remember(panel.Memory) {}

func (s strike) Executed(x panel.Execution) {
	if _, ok := x.Command.Action.(scp.Unlock); ok && x.Result == scp.ReplyOK {
		s.moved <- relay{s.of, time.Now()}
	}
}

// add puts a command behind those that the publisher sends next.
func (c *controllers) add(to lease) error {
	c.commands++
	payload, err := proto.Marshal(&pb.Command{Id: fmt.Sprint("bench-", to.serial, "-", c.commands), RequestedBy: "bench",
		LeaseEpoch: to.epoch, Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}})
	if err == nil {
		c.publisher.Add(strconv.FormatUint(to.serial, 10), string(payload))
	}
	return err
}

// awaitRelay waits for the next relay that moves.
func (c *controllers) awaitRelay() (relay, error) {
	c.patience.Reset(5 * time.Second)
	select {
	case r := <-c.moved:
		return r, nil
	case <-c.patience.C:
		return relay{}, errors.New("a command was published, and no relay moved within 5 s")
	}
}

// named takes a command that names its lease to the next of the controllers.
func (c *controllers) named() (time.Duration, error) { return c.take(c.next()) }

// claimed takes one that its driver has to claim.
func (c *controllers) claimed() (time.Duration, error) { return c.take(lease{serial: c.next().serial}) }

func (c *controllers) next() lease {
	c.turn = (c.turn + 1) % len(c.leases)
	return c.leases[c.turn]
}

func (c *controllers) take(to lease) (time.Duration, error) {
	if err := c.add(to); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := c.publisher.Flush(); err != nil {
		return 0, err
	}
	r, err := c.awaitRelay()
	return r.at.Sub(began), err
}
