package counting

import pb "mercury-driver/proto/mercury/driver/v1"

// Hello gives each lease that a driver lists its verdict. One that is not known was granted before the start of this app,
// which has nothing of that log: the driver asks for it again.
func (t *Tally) Hello(h *pb.Hello) (verdicts []*pb.LeaseVerdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, held := range h.HeldLeases {
		t.lease = max(t.lease, held.LeaseEpoch)
		c := t.controllers[held.Serial]
		verdicts = append(verdicts, &pb.LeaseVerdict{Serial: held.Serial, LeaseEpoch: held.LeaseEpoch,
			Renewed: c != nil && c.lease == held.LeaseEpoch && c.holder == h.Instance})
	}
	return verdicts
}

// Admit grants the lease of a controller, and says who held it before; empty: nobody.
func (t *Tally) Admit(r *pb.AdmitRequest) (granted *pb.Admitted, holder string, ended *pb.LeaseRevoke) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.controller(r.Serial)
	holder, ended = c.holder, &pb.LeaseRevoke{Serial: r.Serial, LeaseEpoch: c.lease, Reason: "admitted again"}
	t.lease++
	t.counts.Admitted++
	c.holder, c.lease, c.online = r.Instance, t.lease, false
	return &pb.Admitted{LeaseEpoch: c.lease, ResumeLogEpoch: c.logEpoch, ResumeAfter: c.index}, holder, ended
}

// Lease is the epoch of a controller's lease; false: nobody has one.
func (t *Tally) Lease(serial uint64) (epoch uint64, held bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.controllers[serial]
	if c == nil || c.holder == "" {
		return 0, false
	}
	return c.lease, true
}

// Return takes a lease back.
func (t *Tally) Return(instance string, r *pb.LeaseReturn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.controllers[r.Serial]; c != nil && c.lease == r.LeaseEpoch && c.holder == instance {
		c.holder, c.online = "", false
	}
}

// Snapshot says which controllers a driver serves.
func (t *Tally) Snapshot(instance string, s *pb.Snapshot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, state := range s.Controllers {
		if c := t.controllers[state.Serial]; c != nil && c.holder == instance && c.lease == state.LeaseEpoch {
			c.online = state.Standing == pb.ControllerStanding_CONTROLLER_STANDING_LEASED
		}
	}
}

// Ended says that a driver's stream is gone, and its controllers with it.
func (t *Tally) Ended(instance string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.controllers {
		if c.holder == instance {
			c.online = false
		}
	}
}
