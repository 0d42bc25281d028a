package world

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/command"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/encoded"
	"mercury-driver/driver/spool"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// The oracle is worth what it finds: each of these mistakes must show within so many seeds.
const plantedSeeds = 1000

func TestPlantedMistakesAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(*seams)
		shows string // an expression
	}{
		"the app acknowledges before it commits": {func(s *seams) {
			s.store = func(real desk.Store) desk.Store { return &hasty{Store: real} }
		}, "not stored"},
		"a driver skips the fence": {func(s *seams) {
			s.handler = func(_ *driver, real handler) handler { return fenceless{real} }
		}, "is over"},
		"a driver lets leases run on": {func(s *seams) {
			s.handler = func(_ *driver, real handler) handler { return endless{real} }
		}, "ran out"},
		"a command's age is checked at its receipt alone": {func(s *seams) {
			s.command = func(_ *driver, real command.Commands) command.Commands { return ageless{real} }
		}, "after it was sent"},
		"a command is posted before it is claimed": {func(s *seams) {
			s.claimer = func(d *driver, real controller.Claimer) controller.Claimer { return bold{real, d} }
		}, "two ends|and was by"},
		"a spool forgets what it handed on": {func(s *seams) {
			s.outbox = func(_ *driver, real spool.Outbox) spool.Outbox { return oblivious{real} }
		}, "was on a disk, and is lost"},
		"a spool leaves the sessions no credit, and the app lends none": {func(s *seams) {
			s.outbox = func(_ *driver, real spool.Outbox) spool.Outbox { return greedy{real} }
			s.link = func(real desk.Link) desk.Link { return strict{real} }
		}, "not settled"},
		"a driver forgets what ends between two streams": {func(s *seams) {
			s.outbox = func(_ *driver, real spool.Outbox) spool.Outbox { return forgetful{real} }
		}, "which never told"},
		"a driver overtakes": {func(s *seams) {
			s.command = func(d *driver, real command.Commands) command.Commands { return hesitant{real, d} }
		}, "which came later"},
		"a door is moved over a silent link": {func(s *seams) {
			s.post = func(_ *driver, real post) post { return trusting(real) }
		}, "was silent for"},
		"a panel is let report two windows": {func(s *seams) {
			s.post = func(d *driver, real post) post { return generous(real, d) }
		}, "its window is"},
		"a link is ended late": {func(s *seams) {
			s.post = func(d *driver, real post) post { return patient(real, d) }
		}, "it was good for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := noSeams
			c.plant(&s)
			for seed := uint64(1); seed <= plantedSeeds; seed++ {
				err := build(seed, nil, s).Run()
				switch {
				case err == nil:
				case !regexp.MustCompile(c.shows).MatchString(err.Error()):
					t.Fatalf("seed %d found something else: %v", seed, err)
				default:
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Errorf("%d seeds did not find it", plantedSeeds)
		})
	}
}

type handler = uplink.Handler[controller.Key]

// hasty says that a change is committed, and commits it with the next one.
type hasty struct {
	desk.Store
	late *desk.Change
}

func (h *hasty) Commit(c *desk.Change) error {
	late, kept := h.late, *c
	kept.Events = slices.Clone(c.Events) // the desk uses their memory again
	if h.late = &kept; late == nil {
		return nil
	}
	return h.Store.Commit(late)
}

// strict grants no more than the Welcome did.
type strict struct{ desk.Link }

func (s strict) Send(m *pb.ConnectResponse) {
	if m.GetCredit() == nil {
		s.Link.Send(m)
	}
}

// fenceless hears no verdict and no revoke.
type fenceless struct{ handler }

func (fenceless) Revoked(time.Time, *pb.LeaseRevoke) {}

func (f fenceless) Welcomed(now time.Time, w *pb.Welcome) {
	w = proto.CloneOf(w)
	for _, v := range w.Verdicts {
		v.Renewed = true
	}
	f.handler.Welcomed(now, w)
}

// endless lets leases run on for an hour.
type endless struct{ handler }

func (e endless) LeasesRunUntil(now, until time.Time) {
	e.handler.LeasesRunUntil(now, until.Add(time.Hour))
}

// ageless takes what is young enough when it comes for a minute younger from then on.
type ageless struct{ command.Commands }

func (a ageless) Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	if now.Sub(bornAfter) <= time.Duration(c.TtlMs)*time.Millisecond {
		c = proto.CloneOf(c)
		c.TtlMs, c.IssuedAtNs = c.TtlMs+60_000, 0
	}
	a.Commands.Command(now, serial, c, bornAfter)
}

// bold takes each claim for won, and asks Redis afterwards.
type bold struct {
	controller.Claimer
	driver *driver
}

func (b bold) Claim(key controller.Key, id string, keep time.Duration) {
	d := b.driver
	d.world.after(0, d.host, "won, it believes", func() {
		d.table.Claimed(d.host.now(), key, id, true, nil)
		d.stepped()
	})
	d.world.after(50*time.Millisecond, d.host, "claim late", func() { b.Claimer.Claim(key, id, keep) })
}

// oblivious does not know what it was given and has not got rid of.
type oblivious struct{ spool.Outbox }

func (oblivious) Oldest(uint64, func(*encoded.Event) bool) (ev encoded.Event, kept bool) {
	return ev, false
}

// greedy has a use for all the credit.
type greedy struct{ spool.Outbox }

func (g greedy) Surplus() int { return g.Free() }

// forgetful keeps no result while the app is away.
type forgetful struct{ spool.Outbox }

func (f forgetful) Result(r *pb.CommandResult) {
	if f.Up() {
		f.Outbox.Result(r)
	} else {
		f.Unpromise()
	}
}

// hesitant lets the next command overtake each fifth.
type hesitant struct {
	command.Commands
	driver *driver
}

func (h hesitant) Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	w, late := h.driver.world, time.Duration(0)
	if w.chance(0.2) {
		late = 500 * time.Millisecond
	}
	w.after(late, h.driver.host, "hesitates", func() {
		h.Commands.Command(h.driver.host.now(), serial, c, bornAfter)
	})
}

// trusting posts over any link.
func trusting(real post) post {
	return func(p controller.Post) (uint32, error) {
		p.Terms.MaxSilence = 0
		return real(p)
	}
}

// generous lets a panel report a window further than it may.
func generous(real post, d *driver) post {
	return func(p controller.Post) (uint32, error) {
		if to, ok := p.Command.Action.(scp.LogReport); ok {
			to.Index += d.world.settings.window
			p.Command.Action = to
		}
		return real(p)
	}
}

// patient ends a link 5 s later than it should.
func patient(real post, d *driver) post {
	return func(p controller.Post) (uint32, error) {
		if _, ok := p.Command.Action.(scp.Detach); ok {
			d.world.after(5*time.Second, d.host, "detach late", func() { _, _ = real(p) })
			return 0, nil
		}
		return real(p)
	}
}
