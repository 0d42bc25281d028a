package app

import (
	"errors"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// outbox holds what goes to one driver until its stream takes it. Send and End may be called from
// any goroutine and return at once, as desk.Link asks; drain is the stream's.
type outbox struct {
	mu      sync.Mutex
	waiting []*pb.ConnectResponse
	end     error
	ended   bool
	wake    chan struct{}
}

// longestOutbox is how much may wait for a driver that does not read: then its stream ends.
const longestOutbox = 8_192

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// Send implements desk.Link.
func (o *outbox) Send(m *pb.ConnectResponse) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	o.waiting = append(o.waiting, m)
	if len(o.waiting) > longestOutbox {
		o.ended, o.end = true, status.Error(codes.Unavailable, "the driver does not read its stream")
	}
	o.signal()
}

// End implements desk.Link. The first call counts; nil is the driver's own orderly end.
func (o *outbox) End(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.ended, o.end = true, err
		o.signal()
	}
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// drain sends what comes until End, or until the app goes down; its error ends the stream.
func (o *outbox) drain(stream pb.VendorAppService_ConnectServer, closing <-chan struct{}) error {
	for {
		select {
		case <-o.wake:
		case <-closing:
			return errGoingDown
		}
		waiting, ended, end := o.take()
		for _, m := range waiting {
			if err := stream.Send(m); err != nil {
				return errors.Join(end, err)
			}
		}
		if ended {
			return end
		}
	}
}

func (o *outbox) take() (waiting []*pb.ConnectResponse, ended bool, end error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting, o.waiting = o.waiting, nil
	return waiting, o.ended, o.end
}
