package controller

import (
	"log/slog"
	"math"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// identify gives a session its serial. Another attachment of the same serial in this process is an old
// link of the same controller: it is displaced at once, so that one of them acts at most.
func (t *Table) identify(now time.Time, s *Session, id scp.Identity) {
	fault := ""
	switch {
	case id.Serial == 0 || id.Serial > math.MaxInt64:
		fault = "serial number out of range"
	case s.serial != 0 && s.serial != id.Serial:
		fault = "changed its serial number"
	}
	if fault != "" {
		s.step(now, func() {
			s.note(slog.LevelError, "controller is not to be told from others, detached", "reason", fault, "serial", id.Serial)
			s.detach(now, fault)
		})
		return
	}
	var older *Session
	if s.serial == 0 {
		if older = t.name(s, id.Serial); older != nil {
			older.step(now, func() { older.displace(now) })
		}
	}
	t.macs.leave(s.identity.MAC, s.serial)
	twin := t.macs.enter(id.MAC, id.Serial)
	s.step(now, func() {
		s.identified(now, id)
		if twin != 0 {
			s.sameMAC(twin)
		}
		if older != nil && older.identity.MAC != id.MAC {
			s.sameSerial(older.identity.MAC)
		}
	})
}

func (s *Session) identified(now time.Time, id scp.Identity) {
	s.heard = now
	s.serial, s.identity = id.Serial, id
	if s.stage == attached {
		s.backlog = id.Newest
		s.ask()
	}
}

func (s *Session) displace(now time.Time) {
	const cause = "another link of the same controller"
	s.note(slog.LevelWarn, "controller displaced", "cause", cause)
	s.detach(now, cause)
}

// ask puts the controller before the vendor app.
func (s *Session) ask() {
	s.stage = asking
	s.lease.asked, s.lease.revoked, s.lease.probeAt = true, 0, time.Time{}
	id := &s.identity
	s.table.ports.Admitter.Admit(s.key, &pb.AdmitRequest{
		Instance: s.table.rules.Instance,
		Serial:   s.serial,
		Mac:      id.MAC, Model: id.Model, Firmware: id.Firmware,
		Capacities: &pb.Capacities{Readers: id.Readers, Doors: id.Doors, Inputs: id.Inputs,
			Outputs: id.Outputs, Cards: id.Cards, Log: id.LogCapacity},
		Log:  &pb.LogRange{Epoch: id.LogEpoch, Oldest: id.Oldest, Newest: id.Newest},
		Peer: s.peer, Tls: s.tls,
	})
}

// Admitted brings the vendor app's answer, given after bornAfter; every Admit ends in exactly one, an error
// when it was cancelled or can never be asked.
func (t *Table) Admitted(now time.Time, key Key, resp *pb.AdmitResponse, bornAfter time.Time, err error) {
	if s := t.find(key); s != nil {
		s.step(now, func() { s.admitted(now, resp, bornAfter, err) })
	}
}

func (s *Session) admitted(now time.Time, resp *pb.AdmitResponse, bornAfter time.Time, err error) {
	s.lease.asked = false
	grant := resp.GetAdmitted()
	if s.stage != asking {
		if grant != nil { // the link it was for is gone
			s.table.ports.Sink.Return(s.serial, grant.LeaseEpoch)
		}
		return
	}
	switch {
	case grant != nil && grant.LeaseEpoch <= s.lease.revoked:
		s.note(slog.LevelWarn, "lease revoked before its grant was read, controller detached", "lease", grant.LeaseEpoch)
		s.detach(now, "lease revoked")
	case grant != nil && s.outlived():
		s.note(slog.LevelWarn, "controller was erased, detached until the vendor app has what is on disk of its old log")
		s.table.ports.Sink.Return(s.serial, grant.LeaseEpoch)
		s.detach(now, "erased")
	case grant != nil && s.forgotten(grant):
		s.note(slog.LevelWarn, "vendor app has lost what it had of the controller's log, detached to see what that still has")
		s.table.ports.Sink.Return(s.serial, grant.LeaseEpoch)
		s.detach(now, "vendor app wants its log again")
	case grant != nil:
		s.letOut()
		s.lease = lease{epoch: grant.LeaseEpoch, since: now, grant: grant, bornAfter: bornAfter, probeWait: s.lease.probeWait}
		s.stage = confirming
		s.outbox.accept = true
		s.lease.confirmBy = now.Add(answerWithin)
	case resp.GetQuarantined() != nil:
		s.isolate(now, resp.GetQuarantined().Reason)
	case resp.GetRefused() != nil:
		s.sendAway(now, resp.GetRefused().Reason)
	default:
		s.note(slog.LevelError, "admission failed, controller detached", "err", err)
		s.detach(now, "admission failed")
	}
}

// confirmed starts to serve: the controller answered after its lease was granted.
func (s *Session) confirmed(now time.Time) {
	grant := s.lease.grant
	s.lease.grant, s.lease.confirmBy = nil, time.Time{}
	s.stage = leased
	s.note(slog.LevelInfo, "controller online", "peer", s.peer, "lease", s.lease.epoch)
	s.table.counts.Leased.Add(1)
	s.tell(now, &pb.Event{Body: &pb.Event_Online{Online: &pb.Online{
		Peer: s.peer, Tls: s.tls, Model: s.identity.Model, Firmware: s.identity.Firmware, Mac: s.identity.MAC,
	}}})
	s.table.ports.Subscriber.Subscribe(s.serial)
	s.startLog(now, grant.ResumeLogEpoch, grant.ResumeAfter)
	for _, c := range grant.InitialCommands {
		s.intake(now, c, origin{bornAfter: s.lease.bornAfter, underLease: true})
	}
}
