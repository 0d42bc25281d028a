package oracle

import (
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// lessee is what one process can know of its leases, from what went over its stream.
type lessee struct {
	ttl     time.Duration
	until   time.Duration
	dialled time.Duration
	listed  []*pb.HeldLease
	beats   map[uint64]time.Duration // heartbeats of the present stream, by number
	leases  map[attachment]lease
	over    map[lease]bool
}

// attachment is one link of a controller to a process.
type attachment struct {
	scp   int16
	count uint32
}

type lease struct{ serial, epoch uint64 }

func (o *Oracle) lessee(instance string) *lessee {
	l := o.leases[instance]
	if l == nil {
		l = &lessee{leases: map[attachment]lease{}, over: map[lease]bool{}}
		o.leases[instance] = l
	}
	return l
}

// Dialled: a process opens a stream.
func (o *Oracle) Dialled(instance string) {
	l := o.lessee(instance)
	l.dialled, l.beats = o.world.Now(), map[uint64]time.Duration{}
}

// Said: a process sends a message on its stream.
func (o *Oracle) Said(instance string, m *pb.ConnectRequest) {
	l := o.lessee(instance)
	switch m := m.Message.(type) {
	case *pb.ConnectRequest_Hello:
		l.listed = m.Hello.HeldLeases
	case *pb.ConnectRequest_Heartbeat:
		l.beats[m.Heartbeat.Number] = o.world.Now()
	}
}

// Told: a message of the app reaches a process.
func (o *Oracle) Told(instance string, m *pb.ConnectResponse) {
	l := o.lessee(instance)
	switch m := m.Message.(type) {
	case *pb.ConnectResponse_Welcome:
		l.ttl = time.Duration(m.Welcome.LeaseTtlMs) * time.Millisecond
		l.until = max(l.until, l.dialled+l.ttl)
		l.verdicts(m.Welcome.Verdicts)
	case *pb.ConnectResponse_Heartbeat:
		if sent, ok := l.beats[m.Heartbeat.Number]; ok {
			l.until = max(l.until, sent+l.ttl)
		}
	case *pb.ConnectResponse_LeaseRevoke:
		l.over[lease{m.LeaseRevoke.Serial, m.LeaseRevoke.LeaseEpoch}] = true
	}
}

// verdicts end what was listed and is not renewed.
func (l *lessee) verdicts(verdicts []*pb.LeaseVerdict) {
	renewed := map[lease]bool{}
	for _, v := range verdicts {
		renewed[lease{v.Serial, v.LeaseEpoch}] = v.Renewed
	}
	for _, held := range l.listed {
		if at := (lease{held.Serial, held.LeaseEpoch}); !renewed[at] {
			l.over[at] = true
		}
	}
	l.listed = nil
}

// Grant is the grant of a lease as it reaches a process.
type Grant struct {
	Instance string
	SCP      int16
	Count    uint32 // of attachments
	Request  *pb.AdmitRequest
	*pb.Admitted
}

// Granted: a grant reaches a process.
func (o *Oracle) Granted(g Grant) {
	o.lessee(g.Instance).leases[attachment{g.SCP, g.Count}] = lease{g.Request.Serial, g.LeaseEpoch}
	t, serial, present := &o.transactions, g.Request.Serial, g.Request.Log.Epoch
	if g.ResumeLogEpoch == present && g.ResumeAfter == 0 && t.last[serial] == (Name{}) {
		t.unknown[serial] = max(t.unknown[serial], present)
	}
}

// Post: a process hands a command to its library. To act it needs a lease that it has no reason to think over.
func (o *Oracle) Post(instance string, number int16, count uint32, a scp.Action) {
	l := o.lessee(instance)
	held := l.leases[attachment{number, count}]
	switch a.(type) {
	case scp.Accept, scp.Refuse, scp.Status, scp.Detach:
	default:
		switch {
		case held.epoch == 0:
			o.Fault("%s posts %s to scp %d without a lease", instance, scp.Name(a), number)
		case l.over[held]:
			o.Fault("%s posts %s to panel %d, and knows that lease %d is over", instance, scp.Name(a), held.serial, held.epoch)
		case o.world.Now() >= l.until && !(movesLog(a) && o.world.Spools()):
			o.Fault("%s posts %s to panel %d under lease %d, which ran out %v ago", instance, scp.Name(a), held.serial,
				held.epoch, o.world.Now()-l.until)
		}
	}
	o.posted(instance, a, held.epoch)
}

// movesLog reports whether an action is about the panel's log. What is safe on a spool may be forgotten by the panel
// when the lease has run out because the app is away.
func movesLog(a scp.Action) bool {
	switch a.(type) {
	case scp.LogAcknowledge, scp.LogRewind, scp.LogReport, scp.LogPause, scp.LogResume:
		return true
	}
	return false
}
