package controller

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Of the little that a controller logs it is told when more of it has come, as that costs a post and its reply: ackWithin later at
// the latest where there are few controllers, and ackEach later for each where they are many. So all of a process are told of
// such at most 200 times a second, and nine thousand of them have kept what they logged for 45 s longer than they had to.
const (
	ackWithin = 5 * time.Second
	ackEach   = 5 * time.Millisecond
)

// acksTogether is how far apart such acknowledgements come due: those of one moment are posts of one thread that is awake, some
// dozens at most, few enough for a command to stand behind.
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
	if l.ackDue.IsZero() && l.acked > l.told && s.table.caps.CumulativeAck {
		l.ackDue = s.key.nextAck(now, s.table.counts.Leased.Load())
	}
}

// nextAck is when an acknowledgement of this attachment is due, where so many controllers are served. Those that came at once,
// or log at the same time, are spread evenly: the moments of a round go by the library's numbers. The clock on the wall says
// where in the round it is, and no more: one that is set makes none wait longer than a round.
func (k Key) nextAck(now time.Time, served int64) time.Time {
	round := max(ackWithin, (time.Duration(served) * ackEach).Round(acksTogether))
	moment := time.Duration(k.SCP) * acksTogether % round
	return now.Add((moment - time.Duration(now.UnixNano())%round + 2*round) % round)
}
