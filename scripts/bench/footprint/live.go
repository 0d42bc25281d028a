package footprint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/resp"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/sim/fleet"
	"mercury-driver/sim/panel"
)

const (
	// firstLiving is the serial of the first of those that live.
	firstLiving = 200_001
	// commandEvery is the pace of commands to them.
	commandEvery = 5 * time.Millisecond
)

// live are panels of this process that get commands through Redis at a steady pace, however long those before take.
type live struct {
	panels    *fleet.Fleet
	hangUp    context.CancelFunc
	publisher *resp.Publisher
	epochs    [living]uint64 // of their leases, so that nobody has to claim a command

	mu   sync.Mutex
	sent [living]time.Time // of the command that a panel has not carried out yet; zero: none
	took []time.Duration
}

// live attaches them to a driver.
func (s *scene) live(d *stage.Driver) (*live, error) {
	l := new(live)
	var err error
	if l.publisher, err = resp.NewPublisher(stage.Loopback(s.redis)); err != nil {
		return nil, err
	}
	l.panels, err = fleet.New(fleet.Options{Connect: []string{stage.Loopback(d.Port)}, Panels: living, FirstSerial: firstLiving,
		Scenario: "idle", Recorder: func(serial uint64) panel.Recorder { return strike{l, int(serial - firstLiving)} }})
	if err != nil {
		return nil, errors.Join(err, l.publisher.Close())
	}
	var ctx context.Context
	ctx, l.hangUp = context.WithCancel(s.Context)
	l.panels.Start(ctx)
	err = s.served([]*stage.Driver{d}, crowded+living)
	for i := 0; i < living && err == nil; i++ {
		l.epochs[i], err = s.app.Lease(firstLiving + uint64(i))
	}
	if err != nil {
		return nil, errors.Join(err, l.leave())
	}
	return l, nil
}

func (l *live) leave() error {
	l.hangUp()
	return errors.Join(l.panels.Wait(), l.publisher.Close())
}

// strike is the panel.Recorder of a panel whose door is unlocked.
type strike struct {
	live *live
	at   int
}

func (strike) Logged(panel.Entry)    {}
func (strike) Remember(panel.Memory) {}

func (s strike) Executed(x panel.Execution) {
	if _, ok := x.Command.Action.(scp.Unlock); !ok || x.Result != scp.ReplyOK {
		return
	}
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.live.took = append(s.live.took, time.Since(s.live.sent[s.at]))
	s.live.sent[s.at] = time.Time{}
}

// command unlocks a door of one panel after the other until ctx ends.
func (l *live) command(ctx context.Context) error {
	pace := time.NewTicker(commandEvery)
	defer pace.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		if err := l.unlock(n); err != nil {
			return err
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// unlock publishes the n-th command, but to a panel that still has one before it: that one counts as what it will take.
func (l *live) unlock(n int) error {
	at := n % living
	payload, err := proto.Marshal(&pb.Command{Id: fmt.Sprint("bench-", n), RequestedBy: "bench", LeaseEpoch: l.epochs[at],
		Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}})
	if err != nil {
		return err
	}
	l.mu.Lock()
	waits := !l.sent[at].IsZero()
	if !waits {
		l.sent[at] = time.Now()
	}
	l.mu.Unlock()
	if waits {
		return nil
	}
	l.publisher.Add(strconv.FormatUint(firstLiving+uint64(at), 10), string(payload))
	return l.publisher.Flush()
}

// late is what 99 % of the commands so far did not take longer than; those that are under way are taken to end now.
func (l *live) late() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := slices.Clone(l.took)
	for _, sent := range l.sent {
		if !sent.IsZero() {
			took = append(took, time.Since(sent))
		}
	}
	slices.Sort(took)
	return took[(99*len(took)+99)/100-1]
}
