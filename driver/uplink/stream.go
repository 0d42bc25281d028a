package uplink

import (
	"fmt"
	"sync"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Stream is the protocol of one stream. Next, Receive and Deadline may be called at the same time,
// each by one goroutine; Close after all of them.
type Stream[K comparable] struct {
	handler    Handler[K]
	outbox     *Outbox
	admissions *Admissions[K]
	hello      *pb.Hello // until it is sent

	mu       sync.Mutex
	pulse    pulse
	leaseTTL time.Duration // 0: not welcomed yet
	snapshot *pb.Snapshot  // until it is sent
}

// Next is the next message to send, valid until the next call; or nil, and when to ask again, unless
// the outbox wakes the sender before (zero: only then).
func (s *Stream[K]) Next(now time.Time) (*pb.ConnectRequest, time.Time) {
	if hello := s.hello; hello != nil {
		s.hello = nil
		return &pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: hello}}, time.Time{}
	}
	request, beat := s.nextOwn(now)
	if request != nil || beat.IsZero() {
		return request, time.Time{}
	}
	request, ready := s.outbox.next(now)
	return request, earlier(beat, ready)
}

// nextOwn is the next message that is not the outbox's, or when one is due (zero: not welcomed yet).
func (s *Stream[K]) nextOwn(now time.Time) (*pb.ConnectRequest, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaseTTL == 0 {
		return nil, time.Time{}
	}
	if snapshot := s.snapshot; snapshot != nil {
		s.snapshot = nil
		return &pb.ConnectRequest{Message: &pb.ConnectRequest_Snapshot{Snapshot: snapshot}}, time.Time{}
	}
	if h := s.pulse.heartbeat(now); h != nil {
		return &pb.ConnectRequest{Message: &pb.ConnectRequest_Heartbeat{Heartbeat: h}}, time.Time{}
	}
	return nil, s.pulse.next
}

// Receive takes a message of the app. An error ends the stream: the app does not keep the contract.
// What it can't know, it skips.
func (s *Stream[K]) Receive(now time.Time, m *pb.ConnectResponse) error {
	if welcome := m.GetWelcome(); welcome != nil {
		return s.welcome(now, welcome)
	}
	if !s.Welcomed() {
		return &BreachError{"the first message is no Welcome"}
	}
	switch m := m.Message.(type) {
	case *pb.ConnectResponse_Ack:
		results := s.outbox.ack(now, m.Ack)
		s.handler.Acked(now, m.Ack.Transactions)
		if len(results) > 0 {
			s.handler.ResultsStored(results)
		}
	case *pb.ConnectResponse_Heartbeat:
		s.echo(now, m.Heartbeat)
	case *pb.ConnectResponse_Command:
		if c := m.Command; c.Command != nil {
			s.handler.DirectCommand(now, c.Serial, c.Command, s.born())
		}
	case *pb.ConnectResponse_LeaseRevoke:
		s.handler.Revoked(now, m.LeaseRevoke)
	case *pb.ConnectResponse_Credit:
		s.outbox.grant(m.Credit.Transactions)
	}
	return nil
}

// echo moves the end of the leases.
func (s *Stream[K]) echo(now time.Time, h *pb.Heartbeat) {
	s.mu.Lock()
	fresh := s.pulse.echo(now, h)
	until, opened, app := s.pulse.born.Add(s.leaseTTL), s.pulse.opened, s.pulse.app
	s.mu.Unlock()
	if !fresh {
		return
	}
	s.handler.LeasesRunUntil(now, until)
	if !app.IsZero() {
		s.handler.AppClock(opened, app)
	}
}

func (s *Stream[K]) born() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pulse.born
}

// Welcomed reports whether the app has answered Hello.
func (s *Stream[K]) Welcomed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaseTTL != 0
}

// Deadline is until when the app must have welcomed us or echoed a heartbeat; it moves.
func (s *Stream[K]) Deadline() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pulse.deadline
}

// Close ends the stream for the outbox and the admissions; both wait for the next one.
func (s *Stream[K]) Close() {
	s.admissions.close()
	s.outbox.close()
}

// BreachError is an app that does not keep the contract.
type BreachError struct{ What string }

func (e *BreachError) Error() string {
	return fmt.Sprintf("uplink: vendor app breaks the contract: %s", e.What)
}
