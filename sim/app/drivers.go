package app

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// drivers serves the contract. Each stream has two goroutines: the handler sends, and a reader
// takes in; it never waits for the database, so that results and heartbeats are always read.
type drivers struct {
	pb.UnimplementedVendorAppServiceServer
	turns   *turns
	closing chan struct{}
	readers sync.WaitGroup
}

// longestBacklog is how many messages and events of one driver may wait for the desk. The credit keeps an
// honest driver far below.
const longestBacklog = 4 * Credit

// Connect implements the contract.
func (s *drivers) Connect(stream pb.VendorAppService_ConnectServer) error {
	out := newOutbox()
	s.readers.Go(func() { out.End(s.read(stream, out)) })
	return out.drain(stream, s.closing)
}

// read takes in what a driver sends until the stream ends, which it does when Connect returns.
func (s *drivers) read(stream pb.VendorAppService_ConnectServer, out *outbox) error {
	first, err := stream.Recv()
	if err != nil {
		return orderly(err)
	}
	peer, hello, err := desk.Greet(first, out)
	if err != nil {
		return err
	}
	now := time.Now()
	s.turns.add(func(d *desk.Desk) { d.Hello(now, peer, hello) })
	err = orderly(s.readOn(stream, peer))
	s.turns.add(func(d *desk.Desk) { d.Ended(peer, err) })
	return err
}

func (s *drivers) readOn(stream pb.VendorAppService_ConnectServer, peer *desk.Peer) error {
	var waiting atomic.Int64
	for {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		next, err := peer.Take(time.Now(), m)
		if err != nil {
			return err
		}
		events := len(m.GetEvents().GetEvents())
		size := int64(1 + events)
		if waiting.Add(size) > longestBacklog {
			return status.Error(codes.ResourceExhausted, "more was sent than the credit allows")
		}
		if !s.turns.addEvents(func(d *desk.Desk) { next(d); waiting.Add(-size) }, events) {
			return errGoingDown
		}
	}
}

// orderly is nil for a stream that its driver closed.
func orderly(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Admit implements the contract.
func (s *drivers) Admit(ctx context.Context, req *pb.AdmitRequest) (*pb.AdmitResponse, error) {
	type answer struct {
		response *pb.AdmitResponse
		err      error
	}
	answers := make(chan answer, 1)
	s.turns.add(func(d *desk.Desk) {
		if ctx.Err() == nil {
			d.Admit(req, func(r *pb.AdmitResponse, err error) { answers <- answer{r, err} })
		}
	})
	select {
	case a := <-answers:
		return a.response, a.err
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	case <-s.turns.failed:
		return nil, errGoingDown
	case <-s.closing:
		return nil, errGoingDown
	}
}
