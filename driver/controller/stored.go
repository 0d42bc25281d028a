package controller

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// ackWithin is how long an acknowledgement may wait for more of them before the controller is told. It costs a post and its
// reply: where nine thousand controllers share the events of a process, each has one event now and then. Until it is told a
// controller keeps no more than a quarter of a window longer than it had to.
const ackWithin = 30 * time.Second

// acksTogether is how far apart such acknowledgements come due: those of that while are posts of one thread that is awake, of
// nine thousand controllers some dozens, few enough for a command to stand behind.
const acksTogether = 100 * time.Millisecond

// Acked brings what the vendor app has durably stored.
func (t *Table) Acked(now time.Time, positions []*pb.LogPosition) {
	t.release(now, positions, func(s *Session, p *pb.LogPosition) {
		s.log.appHas(p)
		s.ack(now, p)
	})
}

// Spooled brings what a spool has durably stored: the vendor app gets it from there. A session that was begun anew
// meanwhile, as the vendor app wants from further below, fills what is missing first.
func (t *Table) Spooled(now time.Time, positions []*pb.LogPosition) {
	t.release(now, positions, func(s *Session, p *pb.LogPosition) {
		if p.Index < s.log.next {
			s.ack(now, p)
		}
	})
}

func (t *Table) release(now time.Time, positions []*pb.LogPosition, take func(*Session, *pb.LogPosition)) {
	for i, s := range t.ofPositions(positions) {
		if s != nil {
			s.step(now, func() { take(s, positions[i]) })
		}
	}
	t.feed(now)
}

func (l *logState) appHas(p *pb.LogPosition) {
	if l.started && p.LogEpoch == l.epoch {
		l.inApp = max(l.inApp, p.Index)
	}
}

func (s *Session) ack(now time.Time, p *pb.LogPosition) {
	l := &s.log
	if !l.started || p.LogEpoch != l.epoch || p.Index <= l.acked {
		return
	}
	l.ackedTo(min(p.Index, l.next-1))
	if l.ackDue.IsZero() && l.acked > l.told {
		l.ackDue = s.key.nextTurn(now)
	}
}

// nextTurn is when an acknowledgement of this attachment is due: each has its own moment in every ackWithin, so that those of
// controllers that came at once, or were served at once, are spread evenly.
func (k Key) nextTurn(now time.Time) time.Time {
	moment := time.Duration(k.SCP) * acksTogether
	return now.Add((moment - time.Duration(now.UnixNano())%ackWithin + 2*ackWithin) % ackWithin)
}
