package controller

import (
	"log/slog"
	"sync"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// askAgain is how long a fenced session waits before it probes its controller and asks to be admitted again; it
// doubles, up to askAgainMost, with each probe, and starts anew with a lease that lasted for as long: two links of one
// serial that both answer must not take the lease from each other all the time.
const (
	askAgain     = 2 * time.Second
	askAgainMost = time.Minute
)

// lease is a session's right to act.
type lease struct {
	epoch     uint64       // 0: never granted
	since     time.Time    // when its grant was read
	fenced    bool         // revoked: reports go on, acts do not
	asked     bool         // an Admit is under way
	ready     bool         // Redis confirmed the subscription
	revoked   uint64       // newest epoch that was revoked meanwhile: the answer may be on its way still
	grant     *pb.Admitted // while confirming
	bornAfter time.Time    // the app granted it after this
	confirmBy time.Time
	probeAt   time.Time     // fenced: when to probe the controller; quarantined: when to ask again
	probeWait time.Duration // 0: never probed
}

// leaseClock is until when all leases of this process run: the vendor app's echo moves it.
type leaseClock struct {
	mu    sync.RWMutex
	until time.Time
}

func (c *leaseClock) run(now time.Time) bool { return now.Before(c.end()) }

func (c *leaseClock) end() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.until
}

// LeasesRunUntil moves the end of all leases of this process: the sending of the last echoed heartbeat
// plus the ttl. It never moves it back.
func (t *Table) LeasesRunUntil(now, until time.Time) {
	ran := t.leases.run(now)
	t.leases.mu.Lock()
	if until.After(t.leases.until) {
		t.leases.until = until
	}
	t.leases.mu.Unlock()
	if !ran {
		for _, s := range t.all() { // what waited for the lease goes on
			s.step(now, func() {})
		}
	}
}

// current reports whether the session may act.
func (s *Session) current(now time.Time) bool {
	return s.stage == leased && !s.lease.fenced && s.table.leases.run(now)
}

// mayMoveLog reports whether the controller's log may be moved. A lease that was revoked is somebody else's.
func (s *Session) mayMoveLog(now time.Time) bool {
	return s.stage == leased && !s.lease.fenced && s.table.mayMoveLogs(now)
}

// mayMoveLogs reports whether any log may be moved. What a spool holds may be forgotten by the controller also when the
// vendor app is away for so long that the lease ran out: it is reported whichever lease carried it.
func (t *Table) mayMoveLogs(now time.Time) bool { return t.ports.Spool != nil || t.leases.run(now) }

// Takes reports whether a command for this controller would be judged now: its lease runs, its result can be kept,
// and the driver is not going down. Whoever can leave commands where they are asks before taking one.
func (t *Table) Takes(now time.Time, serial uint64) bool {
	s := t.ofSerial(serial)
	if s == nil || t.draining.Load() || !t.ports.Sink.Room() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current(now)
}

// HeldLeases lists every lease of this process, for Hello.
func (t *Table) HeldLeases() []*pb.HeldLease {
	var held []*pb.HeldLease
	for _, s := range t.all() {
		s.mu.Lock()
		if (s.stage == leased || s.stage == confirming) && !s.lease.fenced {
			held = append(held, s.held())
		}
		s.mu.Unlock()
	}
	t.mu.Lock()
	t.listed = held
	t.mu.Unlock()
	return held
}

func (s *Session) held() *pb.HeldLease {
	held := &pb.HeldLease{Serial: s.serial, LeaseEpoch: s.lease.epoch, LogEpoch: s.log.epoch, Acknowledged: s.log.inApp}
	if grant := s.lease.grant; grant != nil { // the log begins there when the controller has answered
		held.LogEpoch, held.Acknowledged = grant.ResumeLogEpoch, grant.ResumeAfter
	}
	return held
}

// Welcomed takes the verdicts over the leases that the last Hello listed.
func (t *Table) Welcomed(now time.Time, w *pb.Welcome) {
	renewed := make(map[uint64]uint64, len(w.Verdicts))
	for _, v := range w.Verdicts {
		if v.Renewed {
			renewed[v.Serial] = v.LeaseEpoch
		}
	}
	t.mu.Lock()
	listed := t.listed
	t.listed = nil
	t.mu.Unlock()
	for _, held := range listed {
		if renewed[held.Serial] != held.LeaseEpoch {
			t.Revoked(now, &pb.LeaseRevoke{Serial: held.Serial, LeaseEpoch: held.LeaseEpoch,
				Reason: "not renewed"})
		}
	}
	for _, s := range t.all() { // the app may have another mind now
		s.step(now, s.askOutOfQuarantine)
	}
}

// Revoked ends a lease at once.
func (t *Table) Revoked(now time.Time, r *pb.LeaseRevoke) {
	if s := t.ofSerial(r.Serial); s != nil {
		s.step(now, func() { s.revoke(now, r) })
	}
}

// revoke fences the session. Its controller may well still be here: it is probed, and the vendor app
// asked again when it answers.
func (s *Session) revoke(now time.Time, r *pb.LeaseRevoke) {
	if s.lease.asked {
		s.lease.revoked = max(s.lease.revoked, r.LeaseEpoch)
	}
	if s.lease.epoch != r.LeaseEpoch || s.lease.fenced {
		return
	}
	s.note(slog.LevelWarn, "lease revoked", "lease", r.LeaseEpoch, "reason", r.Reason)
	s.table.counts.Fences.Add(1)
	if s.stage == confirming { // nothing was done under it yet
		s.detach(now, "lease revoked")
		return
	}
	if s.stage != leased {
		return
	}
	s.lease.fenced = true
	s.lease.ready = false
	if s.lease.probeWait == 0 || now.Sub(s.lease.since) >= askAgainMost {
		s.lease.probeWait = askAgain
	}
	s.lease.probeAt = now.Add(s.lease.probeWait)
	s.table.ports.Subscriber.Unsubscribe(s.serial)
}

// endLease gives the lease back: the link is gone.
func (s *Session) endLease(now time.Time, cause string) {
	if s.lease.epoch == 0 {
		return
	}
	if s.stage == leased {
		s.table.counts.Leased.Add(-1)
		s.tell(now, &pb.Event{Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: cause}}})
		if !s.lease.fenced {
			s.table.ports.Subscriber.Unsubscribe(s.serial)
		}
	}
	if s.stage == leased && !s.lease.fenced || s.stage == confirming {
		s.table.ports.Sink.Return(s.serial, s.lease.epoch)
	}
	s.lease.fenced = true
}

func (s *Session) nextLease() time.Time { return earliest(s.lease.confirmBy, s.lease.probeAt) }

func (s *Session) tickLease(now time.Time) {
	if s.stage == confirming && !now.Before(s.lease.confirmBy) {
		s.note(slog.LevelWarn, "controller did not answer after its admission, lease given back")
		s.detach(now, "no answer after admission")
	}
	if !now.Before(s.lease.probeAt) {
		s.askOutOfQuarantine()
	}
	if s.lease.fenced && !s.lease.probeAt.IsZero() && !now.Before(s.lease.probeAt) {
		s.lease.probeWait = min(2*s.lease.probeWait, askAgainMost)
		s.lease.probeAt = now.Add(s.lease.probeWait)
		s.outbox.probe = true
	}
}

// probed: the controller of a fenced session answered, so it is here: ask again.
func (s *Session) probed(now time.Time) {
	if s.stage != leased || !s.lease.fenced {
		return
	}
	s.table.counts.Leased.Add(-1)
	s.tell(now, &pb.Event{Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: "lease lost"}}})
	s.ask()
}

// CommandsReady tells that Redis confirmed, or lost, the subscription of a controller's commands.
func (t *Table) CommandsReady(now time.Time, serial uint64, ready bool) {
	if s := t.ofSerial(serial); s != nil {
		s.step(now, func() { s.setReady(now, ready) })
	}
}

func (s *Session) setReady(now time.Time, ready bool) {
	if s.stage != leased || s.lease.fenced || s.lease.ready == ready {
		return
	}
	s.lease.ready = ready
	s.tell(now, &pb.Event{Body: &pb.Event_CommandsReady{CommandsReady: &pb.CommandsReady{Ready: ready}}})
}
