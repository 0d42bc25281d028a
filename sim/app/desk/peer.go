package desk

import (
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Link is a driver's stream as the desk sees it. Both methods return at once, and keep their
// order; after End nothing is sent any more.
type Link interface {
	Send(*pb.ConnectResponse)
	// End ends the stream with a gRPC status error.
	End(error)
}

// Peer is one driver process on one stream.
type Peer struct {
	instance  string
	port      uint32
	logEpochs bool // its library has them
	link      Link // nil: known from the store only
	up        bool
	heard     time.Time
	receipt   receipt
	lent      int // transactions, on top of the usual credit
}

// Greet judges the first message of a stream.
func Greet(m *pb.ConnectRequest, link Link) (*Peer, *pb.Hello, error) {
	h := m.GetHello()
	switch {
	case h == nil:
		return nil, nil, status.Error(codes.InvalidArgument, "the first message must be Hello")
	case h.ContractVersion != 1:
		return nil, nil, status.Errorf(codes.FailedPrecondition, "contract version %d; this app speaks 1", h.ContractVersion)
	case h.Instance == "" || len(h.Instance) > 64:
		return nil, nil, status.Error(codes.InvalidArgument, "hello: instance must have 1 to 64 bytes")
	case h.Port < 1 || h.Port > 65535:
		return nil, nil, status.Errorf(codes.InvalidArgument, "hello: port %d is not one of 1 to 65535", h.Port)
	}
	return &Peer{instance: h.Instance, port: h.Port, logEpochs: h.GetTraits().GetLogEpochs(), link: link,
		receipt: receipt{logs: make(map[logKey]brought)}}, h, nil
}

// Take turns a message that follows the Hello into a step of the desk. A heartbeat is echoed here, at once. The
// stream's reader calls it, not the desk's goroutine. The error ends the stream.
func (p *Peer) Take(now time.Time, m *pb.ConnectRequest) (step func(*Desk), err error) {
	switch m := m.Message.(type) {
	case *pb.ConnectRequest_Heartbeat:
		m.Heartbeat.AppTimeNs = now.UnixNano()
		p.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Heartbeat{Heartbeat: m.Heartbeat}})
		return func(d *Desk) { d.Heard(now, p) }, nil
	case *pb.ConnectRequest_Events:
		reports := p.Reports(m.Events)
		return func(d *Desk) { d.Events(p, reports) }, nil
	case *pb.ConnectRequest_Result:
		return func(d *Desk) { d.Result(now, p, m.Result) }, nil
	case *pb.ConnectRequest_Snapshot:
		return func(d *Desk) { d.Snapshot(now, p, m.Snapshot) }, nil
	case *pb.ConnectRequest_LeaseReturn:
		return func(d *Desk) { d.Return(now, p, m.LeaseReturn) }, nil
	case *pb.ConnectRequest_Hello:
		return nil, status.Error(codes.InvalidArgument, "Hello came twice")
	}
	return func(*Desk) {}, nil // newer than this app
}

// Hello opens a stream: the older one of the same instance ends, and each held lease gets its verdict.
func (d *Desk) Hello(now time.Time, p *Peer, h *pb.Hello) {
	if old := d.peers[p.instance]; old != nil && old.up {
		old.up = false
		d.then(func() { old.link.End(status.Error(codes.Aborted, "a newer stream of this instance came")) })
	}
	p.up, p.heard = true, now
	d.peers[p.instance] = p
	d.log.Info("driver connected", "port", p.port, "version", h.Version, "library", h.Library, "leases", len(h.HeldLeases))
	welcome := &pb.Welcome{LeaseTtlMs: uint32(d.rules.LeaseTTL.Milliseconds()), Credit: d.rules.Credit}
	d.then(func() { // before whatever the verdicts make it hear
		p.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{Welcome: welcome}})
	})
	welcome.Verdicts = d.verdicts(p, h.HeldLeases)
}

// Heard notes a heartbeat, at the time it was echoed: the leases of its process run on.
func (d *Desk) Heard(now time.Time, p *Peer) { p.heard = now }

// Ended notes that a stream is gone; err is nil when its driver closed it. Its leases run on for their
// time, and what it still reported is kept.
func (d *Desk) Ended(p *Peer, err error) {
	switch {
	case !p.up:
		return
	case err == nil:
		d.log.Info("driver disconnected", "port", p.port)
	default:
		d.log.Warn("driver disconnected", "port", p.port, "err", err)
	}
	p.up = false
}

// Return takes a lease back.
func (d *Desk) Return(now time.Time, p *Peer, r *pb.LeaseReturn) {
	if d.leases.giveBack(r.Serial, r.LeaseEpoch, p.instance) {
		d.keepLease(r.Serial)
		d.offline(now, r.Serial, "the driver gave the lease back")
	}
}

// Tick ends what has run out: silent streams, leases without a stream, commands without an answer.
func (d *Desk) Tick(now time.Time) {
	for _, instance := range matching(d.peers, func(_ string, p *Peer) bool { return now.Sub(p.heard) >= d.rules.LeaseTTL }) {
		p := d.peers[instance]
		if p.up {
			p.up = false
			d.log.Warn("driver is silent", "port", p.port, "for", now.Sub(p.heard).Round(time.Second))
			d.then(func() { p.link.End(status.Error(codes.Unavailable, "no heartbeat came for a whole lease time")) })
		}
		delete(d.peers, instance)
		d.allOffline(now, instance, "its driver is gone")
	}
	d.giveUp(now)
}

// holder is the process whose lease on a controller runs now; nil when there is none.
func (d *Desk) holder(serial uint64) (*Peer, Lease) {
	lease := d.leases.newest[serial]
	if lease.Over {
		return nil, Lease{}
	}
	return d.peers[lease.Instance], lease
}

func (d *Desk) keepLease(serial uint64) { d.change.Leases[serial] = d.leases.newest[serial] }

// revoke tells the holder of a lease that it ended.
func (d *Desk) revoke(l Lease, reason string) {
	p := d.peers[l.Instance]
	if l.Epoch == 0 || l.Over || p == nil || !p.up {
		return
	}
	d.then(func() {
		p.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_LeaseRevoke{LeaseRevoke: &pb.LeaseRevoke{
			Serial: l.Serial, LeaseEpoch: l.Epoch, Reason: reason}}})
	})
}
