package desk

import (
	"math"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Admit decides over a controller. The answer is given once, after the lease is stored; whoever held
// the serial before is told that his lease ended.
func (d *Desk) Admit(req *pb.AdmitRequest, answer func(*pb.AdmitResponse, error)) {
	p := d.peers[req.Instance]
	switch {
	case p == nil || !p.up:
		answer(nil, status.Error(codes.Unavailable, "this instance has no stream"))
		return
	case req.Serial == 0 || req.Serial > math.MaxInt64:
		answer(nil, status.Errorf(codes.InvalidArgument, "serial %d is not one of 1 to 2^63-1", req.Serial))
		return
	case !d.rules.Admission.admits(req.Serial):
		d.log.Warn("controller not admitted", "controller", req.Serial, "port", p.port, "peer", req.Peer)
		answer(d.rules.Admission.stranger(), nil)
		return
	}
	if admitted := d.grant(p, req); admitted != nil {
		d.then(func() {
			answer(&pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: admitted}}, nil)
		})
	}
}

func (d *Desk) grant(p *Peer, req *pb.AdmitRequest) *pb.Admitted {
	h := d.history(req.Serial)
	if h == nil {
		return nil
	}
	logEpoch := req.GetLog().GetEpoch()
	if !p.logEpochs {
		logEpoch = d.countedEpoch(req.Serial, h, req.GetLog().GetNewest())
	}
	before := d.leases.newest[req.Serial]
	lease := d.leases.grant(req.Serial, p.instance)
	d.keepLease(req.Serial)
	if !p.logEpochs {
		d.count(h, CountedLog{Serial: req.Serial, LogEpoch: logEpoch, Lease: lease.Epoch})
	}
	d.revoke(before, "the controller was admitted again")
	d.present(p, lease, req)

	admitted := &pb.Admitted{LeaseEpoch: lease.Epoch}
	start := uint64(0)
	if admitted.ResumeLogEpoch, admitted.ResumeAfter = h.resume(logEpoch); admitted.ResumeLogEpoch == logEpoch {
		start = admitted.ResumeAfter
	}
	if oldest := req.GetLog().GetOldest(); oldest > 0 {
		start = max(start, oldest-1) // what is older can not be had, and needs no acknowledgement
	}
	h.extent(logEpoch).start(start)
	d.touched[logKey{req.Serial, logEpoch}] = true // what can't be had any more held others back
	if !p.logEpochs {
		admitted.ResumeLogEpoch, admitted.ResumeAfter = 0, h.extent(logEpoch).contiguous()
	}
	return admitted
}

// resume is where a controller is to go on: behind the contiguous part of the newest log of which
// anything is stored. When that is an older log than the present one, the driver reports its rest as a gap.
func (h *history) resume(present uint32) (logEpoch uint32, after uint64) {
	newest, any := h.newest()
	if !any {
		return present, 0
	}
	return newest, h.extent(newest).contiguous()
}
