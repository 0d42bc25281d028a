package desk

import pb "mercury-driver/proto/mercury/driver/v1"

// Admission says which serials are served. The zero value serves all.
type Admission struct {
	only map[uint64]bool
	// Quarantine keeps the others connected, and does not serve them, instead of sending them away.
	Quarantine bool
}

// AdmitOnly serves these serials and no others.
func AdmitOnly(serials []uint64) Admission {
	a := Admission{only: make(map[uint64]bool, len(serials))}
	for _, serial := range serials {
		a.only[serial] = true
	}
	return a
}

func (a Admission) admits(serial uint64) bool { return a.only == nil || a.only[serial] }

// stranger is the verdict on a serial that is not admitted.
func (a Admission) stranger() *pb.AdmitResponse {
	const reason = "this serial is not on the list"
	if a.Quarantine {
		return &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Quarantined{Quarantined: &pb.Quarantined{Reason: reason}}}
	}
	return &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Refused{Refused: &pb.Refused{Reason: reason}}}
}
