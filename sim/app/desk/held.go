package desk

import (
	"math"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// verdicts judge the leases that a process says it holds.
func (d *Desk) verdicts(p *Peer, held []*pb.HeldLease) []*pb.LeaseVerdict {
	verdicts := make([]*pb.LeaseVerdict, 0, len(held))
	for _, lease := range held {
		if lease.Serial > math.MaxInt64 || lease.LeaseEpoch > math.MaxInt64/2 {
			continue // never granted by anybody; without a verdict it is revoked
		}
		verdicts = append(verdicts, &pb.LeaseVerdict{
			Serial: lease.Serial, LeaseEpoch: lease.LeaseEpoch, Renewed: d.renew(p, lease)})
	}
	return verdicts
}

// renew judges a lease that a process says it holds. It does not go on when what was acknowledged under it is
// not stored any more: only an admission says where the driver is to go on.
func (d *Desk) renew(p *Peer, held *pb.HeldLease) bool {
	before := d.leases.newest[held.Serial]
	renewed, learned := d.leases.held(held.Serial, held.LeaseEpoch, p.instance)
	lost := renewed && d.lost(p, held)
	if lost {
		d.log.Warn("what was acknowledged is stored no more, the controller is to be admitted again", "controller", held.Serial,
			"log_epoch", held.LogEpoch, "acknowledged", held.Acknowledged)
		d.leases.giveBack(held.Serial, held.LeaseEpoch, p.instance)
	}
	if learned || lost {
		d.keepLease(held.Serial)
	}
	if learned {
		d.revoke(before, "a newer lease is held elsewhere")
	}
	return renewed && !lost
}

// lost reports whether less of a controller's log is stored than was acknowledged.
func (d *Desk) lost(p *Peer, held *pb.HeldLease) bool {
	if held.Acknowledged == 0 {
		return false
	}
	h := d.history(held.Serial)
	if h == nil {
		return false // and so does the next Commit fail
	}
	logEpoch := held.LogEpoch
	if !p.logEpochs {
		logEpoch = h.under(held.LeaseEpoch)
	}
	return h.extent(logEpoch).contiguous() < held.Acknowledged
}
