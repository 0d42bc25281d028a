package oracle

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// command is one command, from its wish to its end.
type command struct {
	id     string
	serial uint64
	ttl    time.Duration
	lease  uint64        // that it named; 0: none
	alone  bool          // what it does no other command does
	must   bool          // be done
	sent   time.Duration // when Redis had it, or the app sent it down the stream; 0: not yet

	posts, executed, declined int
	by                        string // the process that posted it
	results                   map[string]*pb.CommandResult
	end                       *pb.CommandResult // in the app's audit
}

// deed is what only one command makes a panel do.
type deed struct {
	kind   string
	number uint64
}

type commands struct {
	byID   map[string]*command
	byDeed map[deed]*command
}

func newCommands() commands {
	return commands{map[string]*command{}, map[deed]*command{}}
}

// grace is how long after its ttl a command may still be carried out: until its link is cut off.
const grace = 2 * time.Second

// slack is how long it may take a driver to notice that a deadline has passed, and to act.
const slack = 300 * time.Millisecond

// Wished: somebody asks for a command. It is alone in what it does, where it does something.
func (o *Oracle) Wished(id string, serial uint64, c *pb.Command) {
	w := &command{id: id, serial: serial, ttl: time.Duration(c.TtlMs) * time.Millisecond,
		results: map[string]*pb.CommandResult{}}
	o.commands.byID[id] = w
	switch a := c.Action.(type) {
	case *pb.Command_Output:
		w.alone, o.commands.byDeed[deed{"pulse", uint64(a.Output.PulseMs)}] = true, w
	case *pb.Command_PutCard:
		w.alone, o.commands.byDeed[deed{"card", a.PutCard.Card}] = true, w
	}
}

// of finds the command that an action belongs to; nil where it can't be told.
func (c *commands) of(a scp.Action) *command {
	switch a := a.(type) {
	case scp.Output:
		return c.byDeed[deed{"pulse", uint64(a.PulseMS)}]
	case scp.PutCard:
		return c.byDeed[deed{"card", a.Card}]
	}
	return nil
}

// SentCommand: a command is on its way to the drivers.
func (o *Oracle) SentCommand(c *pb.Command) {
	w := o.commands.byID[c.Id]
	w.sent, w.lease = o.world.Now(), c.LeaseEpoch
}

// posted: a process hands a command to its library, under a lease.
func (o *Oracle) posted(instance string, a scp.Action, lease uint64) {
	c := o.commands.of(a)
	if c == nil {
		return
	}
	now := o.world.Now()
	c.posts++
	switch {
	case c.posts > 1:
		o.Fault("command %s is posted by %s, and was by %s", c.id, instance, c.by)
	case now > c.sent+c.ttl:
		o.Fault("command %s is posted %v after it was sent, it was good for %v", c.id, now-c.sent, c.ttl)
	case c.lease != 0 && c.lease != lease:
		o.Fault("command %s is for lease %d, and posted under %d", c.id, c.lease, lease)
	}
	c.by = instance
	o.inTurn(instance, c)
}

// Executed: a panel carried out a command, or said no.
func (o *Oracle) Executed(serial uint64, a scp.Action, result scp.Result) {
	c := o.commands.of(a)
	if c == nil {
		return
	}
	if result != scp.ReplyOK {
		c.declined++
		return
	}
	c.executed++
	now, until := o.world.Now(), c.sent+c.ttl
	switch {
	case c.executed > 1:
		o.Fault("command %s is carried out twice", c.id)
	case c.serial != serial:
		o.Fault("command %s for panel %d is carried out by panel %d", c.id, c.serial, serial)
	case now > until+grace+slack+o.world.Stood(c.by, until, now):
		o.Fault("command %s is carried out %v after it was sent, it was good for %v", c.id, now-c.sent, c.ttl)
	}
}

// Result: the app committed the end of a command as a process told it.
func (o *Oracle) Result(r *pb.CommandResult) {
	c := o.commands.byID[r.Id]
	if c == nil {
		o.Fault("command %s ended, and nobody wished it", r.Id)
		return
	}
	c.results[fmt.Sprint(r.Instance, r.Outcome, r.Reason, r.EndedNs)] = r
	if len(c.results) > 1 {
		o.Fault("command %s has two ends: %v", c.id, slices.Sorted(maps.Keys(c.results)))
	}
}

// Ended: the app's audit has the end of a command.
func (o *Oracle) Ended(r *pb.CommandResult) {
	c := o.commands.byID[r.Id]
	if c.end != nil {
		o.Fault("command %s ended %v, and had ended %v", c.id, r.Outcome, c.end.Outcome)
	}
	c.end = r
}

// reopened: the audit is another one.
func (c *commands) reopened() {
	for _, w := range c.byID {
		w.end = nil
	}
}

// MustBeDone: nothing is in the way of a command.
func (o *Oracle) MustBeDone(id string) { o.commands.byID[id].must = true }

// JudgeCommands asks, when all has settled, that each end tells the truth about what its panel did.
func (o *Oracle) JudgeCommands() {
	for _, id := range slices.Sorted(maps.Keys(o.commands.byID)) {
		c := o.commands.byID[id]
		for _, r := range c.results {
			o.judge(c, r)
		}
		if c.end != nil {
			o.judge(c, c.end)
		}
		if c.must && c.end.GetOutcome() != pb.Outcome_OUTCOME_DONE {
			o.Fault("command %s is not done, though nothing is wrong: %v", id, c.end)
		}
	}
}

func (o *Oracle) judge(c *command, r *pb.CommandResult) {
	if !c.alone {
		return
	}
	wrong := false
	switch r.Outcome {
	case pb.Outcome_OUTCOME_DONE:
		wrong = c.executed != 1
	case pb.Outcome_OUTCOME_NAK:
		wrong = c.declined != 1 || c.executed != 0
	case pb.Outcome_OUTCOME_UNKNOWN:
	default:
		wrong = c.executed+c.declined != 0
	}
	if wrong {
		o.Fault("command %s ended %v (%s), its panel did it %d times and said no %d times", c.id, r.Outcome, r.Reason,
			c.executed, c.declined)
	}
}
