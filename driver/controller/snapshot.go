package controller

import (
	"cmp"
	"slices"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Snapshot is every identified controller as it stands, by serial. Whether leases run at the moment has no part in
// it: nobody would say when they run again.
func (t *Table) Snapshot() *pb.Snapshot {
	snapshot := &pb.Snapshot{}
	for _, s := range t.all() {
		if state := s.state(); state != nil {
			snapshot.Controllers = append(snapshot.Controllers, state)
		}
	}
	slices.SortFunc(snapshot.Controllers, func(a, b *pb.ControllerState) int {
		return cmp.Compare(a.Serial, b.Serial)
	})
	return snapshot
}

func (s *Session) state() *pb.ControllerState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := &pb.ControllerState{
		Serial: s.serial, Scp: uint32(s.key.SCP), LeaseEpoch: s.lease.epoch, Peer: s.peer,
		AttachedNs: s.attached.UnixNano(), CommandsReady: s.lease.ready,
		Sequences: uint32(len(s.commands.open)),
	}
	switch s.stage {
	case asking, confirming:
		state.Standing = pb.ControllerStanding_CONTROLLER_STANDING_ADMITTING
	case quarantine:
		state.Standing = pb.ControllerStanding_CONTROLLER_STANDING_QUARANTINED
	case leased:
		state.Standing = pb.ControllerStanding_CONTROLLER_STANDING_LEASED
		if s.lease.fenced {
			state.Standing = pb.ControllerStanding_CONTROLLER_STANDING_FENCED
		}
	default:
		return nil
	}
	return state
}
