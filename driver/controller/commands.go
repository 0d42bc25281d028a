package controller

import (
	"log/slog"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// keepMargin is how long beyond its ttl a command's id is remembered: here with its result, and in
// Redis as a claim.
const keepMargin = 10 * time.Second

// commands is what a session knows of the wishes to its controller.
type commands struct {
	queue    []*wish          // in the order received, claimed or not
	claiming map[string]*wish // asked for in Redis, answer awaited
	open     map[uint32]*wish // by tag: posted, unanswered
	byID     map[string]*wish // all of the above, and the ended ones until they are forgotten
	ended    []*wish          // in the order in which they are forgotten
	requests []hostRequest    // open questions of the controller to the host
	asked    scp.LogPosition  // the newest question that it put
}

// wish is one command on its way.
type wish struct {
	id        string
	action    scp.Action
	movesDoor bool
	ttl       time.Duration // as given, or by its kind
	born      time.Time     // not published before it, whatever the clocks say
	deadline  time.Time     // never posted after it
	forget    time.Time     // its id is kept until then

	lease   uint64            // the one it is meant for; 0 for any
	sole    bool              // no other process has it
	under   uint64            // the one it was taken under
	claimed bool              // it may be posted and answered by this process
	claimBy time.Time         // unclaimed, it waits in the queue until then
	passed  bool              // it did so in vain
	verdict *pb.CommandResult // ends it without a post, once it is claimed

	promised         bool // there is room for its result
	received, posted time.Time
	result           *pb.CommandResult // set when it ended
}

// overdue is when an unanswered wish ends.
func (w *wish) overdue(grace time.Duration) time.Time { return w.deadline.Add(grace) }

// origin is where a command came from.
type origin struct {
	bornAfter  time.Time // it was issued after this, whatever the clocks say
	sole       bool      // no other process has it: it is answered here, whatever is wrong with it
	direct     bool      // down the stream to the vendor app: must name its lease
	underLease bool      // came with the lease itself: needs no claim
}

// Command takes a command that was published in Redis, for whoever hears it; it was published after bornAfter.
func (t *Table) Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	t.intake(now, serial, c, origin{bornAfter: bornAfter})
}

// SoleCommand takes a command that Redis gave to this process and to no other; it was added after bornAfter. It
// ends in a result, or in Subscriber.Settled where another process claimed its id.
func (t *Table) SoleCommand(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	t.intake(now, serial, c, origin{bornAfter: bornAfter, sole: true})
}

// DirectCommand takes a command that came down the stream.
func (t *Table) DirectCommand(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	t.intake(now, serial, c, origin{bornAfter: bornAfter, sole: true, direct: true})
}

func (t *Table) intake(now time.Time, serial uint64, c *pb.Command, from origin) {
	if s := t.ofSerial(serial); s != nil {
		s.step(now, func() { s.intake(now, c, from) })
		return
	}
	t.decline(now, serial, c, from)
}

// decline leaves a command to the process that holds its lease. One that no other process has is answered.
func (t *Table) decline(now time.Time, serial uint64, c *pb.Command, from origin) {
	t.counts.NotOurs.Add(1)
	if !from.sole || !ValidID(c.Id) {
		return
	}
	t.answer(now, serial, &pb.CommandResult{Id: c.Id, LeaseEpoch: c.LeaseEpoch, Outcome: pb.Outcome_OUTCOME_REFUSED,
		Reason: "the controller is not served under this lease here"})
}

// Malformed takes a payload of which only the id could be read.
func (t *Table) Malformed(now time.Time, serial uint64, id, reason string) {
	s := t.ofSerial(serial)
	if s == nil || !ValidID(id) {
		return
	}
	s.step(now, func() {
		if !s.current(now) {
			t.counts.NotOurs.Add(1)
			return
		}
		w := &wish{id: id, under: s.lease.epoch, ttl: defaultTTL, born: now, deadline: now.Add(defaultTTL), received: now}
		if s.enter(w) {
			s.refuse(now, w, reason)
			s.claim(now, w)
		}
	})
}

// intake judges a command at its receipt, and queues it.
func (s *Session) intake(now time.Time, c *pb.Command, from origin) {
	counts := &s.table.counts
	if !ValidID(c.Id) {
		counts.Malformed.Add(1)
		s.note(slog.LevelWarn, "command without a valid id dropped")
		return
	}
	ours := c.LeaseEpoch != 0 || from.underLease || from.direct
	// To claim one without a current lease would keep it from the present holder.
	if s.stage != leased || c.LeaseEpoch != 0 && c.LeaseEpoch != s.lease.epoch || !ours && !s.current(now) {
		if !s.repeated(c.Id) { // it has its result already, when it came under an earlier lease too
			s.table.decline(now, s.serial, c, from)
		}
		return
	}
	w := s.judge(now, c, from)
	if !s.enter(w) {
		return
	}
	s.promise(now, w)
	if ours {
		w.claimed = true
		s.settleWish(now, w)
		return
	}
	s.claim(now, w)
}

// judge makes a wish of a command, with the verdict on what is wrong with it already.
func (s *Session) judge(now time.Time, c *pb.Command, from origin) *wish {
	action, movesDoor, err := translate(c)
	good, ttlErr := ttl(c, movesDoor)
	if err == nil {
		err = ttlErr
	}
	w := &wish{id: c.Id, action: action, movesDoor: movesDoor, lease: c.LeaseEpoch, under: s.lease.epoch, sole: from.sole,
		received: now, ttl: good, born: from.bornAfter, deadline: from.bornAfter.Add(good)}
	if c.IssuedAtNs != 0 {
		age := s.table.AppTime(now).Sub(time.Unix(0, c.IssuedAtNs))
		w.deadline = earliest(w.deadline, now.Add(good-age))
	}
	if from.underLease {
		w.lease = s.lease.epoch
	}
	switch {
	case err != nil:
		w.deadline = now
		s.refuse(now, w, err.Error())
	case from.direct && c.LeaseEpoch == 0:
		s.refuse(now, w, "a command on the stream must name its lease_epoch")
	case s.table.draining.Load():
		s.refuse(now, w, "the driver is going down")
	case now.After(w.deadline):
		s.expire(now, w)
	case len(s.commands.queue) >= s.table.rules.Queue:
		s.end(now, w, pb.Outcome_OUTCOME_OVERLOADED, "the controller's queue is full")
	}
	return w
}

// promise sees to it that the end of a command can be told, before it is taken on.
func (s *Session) promise(now time.Time, w *wish) {
	if w.verdict != nil {
		return
	}
	if w.promised = s.table.ports.Sink.Promise(); !w.promised {
		s.end(now, w, pb.Outcome_OUTCOME_OVERLOADED, "no room to keep its result")
	}
}

// maxKnown is how many commands all sessions together remember; beyond it they are dropped, like those over
// maxClaiming.
const maxKnown = 262_144

// repeated reports whether a command of this id came before, and sends its result again if it has one.
func (s *Session) repeated(id string) bool {
	known := s.commands.byID[id]
	if known == nil {
		return false
	}
	s.table.counts.RepeatedIDs.Add(1)
	if known.result != nil && known.claimed {
		s.table.ports.Sink.Answer(known.result)
	}
	return true
}

// enter makes a wish known by its id, unless it is a repeated one.
func (s *Session) enter(w *wish) bool {
	c := &s.commands
	if s.repeated(w.id) {
		return false
	}
	if s.table.counts.Known.Load() >= s.table.mostKnown {
		s.table.counts.Dropped.Add(1)
		if w.sole {
			s.table.answer(w.received, s.serial, &pb.CommandResult{Id: w.id, LeaseEpoch: w.under,
				Outcome: pb.Outcome_OUTCOME_OVERLOADED, Reason: "no room to remember its id"})
		}
		return false
	}
	if c.byID == nil {
		c.byID = make(map[string]*wish)
		c.claiming = make(map[string]*wish)
		c.open = make(map[uint32]*wish)
	}
	c.byID[w.id] = w
	s.table.counts.Known.Add(1)
	return true
}

// drop forgets a wish that has ended, or that is another process's. With the last one goes the memory of the
// busiest moment.
func (s *Session) drop(w *wish) {
	c := &s.commands
	if w.promised {
		s.table.ports.Sink.Unpromise()
	}
	delete(c.byID, w.id)
	s.table.counts.Known.Add(-1)
	if len(c.byID) == 0 {
		c.queue, c.claiming, c.open, c.byID, c.ended = nil, nil, nil, nil, nil
	}
}

// settleWish ends a claimed wish that has its verdict, and queues any other.
func (s *Session) settleWish(now time.Time, w *wish) {
	switch {
	case w.verdict != nil:
		s.finish(now, w, w.verdict)
	case s.stage == ended:
		s.refuse(now, w, "the controller went offline")
	default:
		s.commands.queue = append(s.commands.queue, w)
	}
}

// ValidID reports whether a command may have this id: 1 to 64 bytes of printable ASCII without blanks.
func ValidID(id string) bool {
	for _, b := range []byte(id) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return len(id) >= 1 && len(id) <= 64
}
