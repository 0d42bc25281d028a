package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// operator serves the people who send commands.
type operator struct {
	appv1.UnimplementedOperatorServiceServer
	turns     *turns
	publisher *publisher
	closing   <-chan struct{}
}

// SendCommand implements the operator's service. It goes on without its caller: what the audit has
// is sent, and ends.
func (o *operator) SendCommand(_ context.Context, req *appv1.SendCommandRequest) (*appv1.SendCommandResponse, error) {
	id := uuid.NewString()
	written := make(chan *pb.Command, 1)
	ended := make(chan *appv1.SendCommandResponse, 1)
	wish := desk.Wish{
		Serial: req.Serial, Command: req.Command, Route: req.Route,
		Publish: func(c *pb.Command) { written <- c },
		Ended: func(r *pb.CommandResult, took time.Duration) {
			ended <- &appv1.SendCommandResponse{Result: r, TookNs: took.Nanoseconds()}
		},
	}
	if err := wish.Check(); err != nil {
		return nil, err
	}
	now := time.Now()
	o.turns.add(func(d *desk.Desk) { d.Open(now, id, wish) })
	for {
		select {
		case c := <-written:
			if reason := o.publisher.publish(req.Serial, c); reason != "" {
				o.turns.add(func(d *desk.Desk) { d.NotSent(time.Now(), id, reason) })
			}
		case r := <-ended:
			return r, nil
		case <-o.turns.failed:
			return nil, errGoingDown
		case <-o.closing:
			return nil, errGoingDown
		}
	}
}
