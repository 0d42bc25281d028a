package main

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/counting"
)

// leaseTTL is that of the reference app.
const leaseTTL = 10 * time.Second

// drivers serves the contract, with one goroutine a stream.
type drivers struct {
	pb.UnimplementedVendorAppServiceServer
	tally  *counting.Tally
	credit uint32

	mu    sync.Mutex
	lines map[string]*line // those that are up, by the instance of their driver
}

func newDrivers(tally *counting.Tally, credit uint32) *drivers {
	return &drivers{tally: tally, credit: credit, lines: make(map[string]*line)}
}

// line is one driver's stream.
type line struct {
	instance string
	stream   pb.VendorAppService_ConnectServer
	sending  sync.Mutex // its own goroutine sends, and that of an Admit which ends one of its leases
}

func (l *line) send(r *pb.ConnectResponse) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	return l.stream.Send(r)
}

// Connect implements the contract.
func (d *drivers) Connect(stream pb.VendorAppService_ConnectServer) error {
	var r received
	if err := stream.RecvMsg(&r); err != nil {
		return err
	}
	hello := r.message.GetHello()
	if hello == nil {
		return status.Error(codes.InvalidArgument, "the first message must be Hello")
	}
	l := &line{instance: hello.Instance, stream: stream}
	welcome := &pb.Welcome{LeaseTtlMs: uint32(leaseTTL.Milliseconds()), Credit: d.credit, Verdicts: d.tally.Hello(hello)}
	d.begin(l)
	defer d.end(l)
	if err := l.send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{Welcome: welcome}}); err != nil {
		return err
	}
	if err := d.readOn(l, &r); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (d *drivers) readOn(l *line, r *received) error {
	var receipt counting.Receipt
	for {
		err := l.stream.RecvMsg(r)
		if err != nil {
			return err
		}
		var answer *pb.ConnectResponse
		if r.batch != nil {
			answer, err = d.count(r.batch, &receipt)
		} else {
			answer = d.take(l, r.message)
		}
		if err == nil && answer != nil {
			err = l.send(answer)
		}
		if err != nil {
			return err
		}
	}
}

func (d *drivers) count(batch []byte, receipt *counting.Receipt) (*pb.ConnectResponse, error) {
	ack, err := d.tally.Batch(time.Now(), batch, receipt)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "events: %v", err)
	}
	return acknowledged(ack), nil
}

func acknowledged(ack *pb.Ack) *pb.ConnectResponse {
	return &pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{Ack: ack}}
}

// take takes what is no batch of events, and returns the answer to it, if it has one.
func (d *drivers) take(l *line, r *pb.ConnectRequest) *pb.ConnectResponse {
	switch m := r.Message.(type) {
	case *pb.ConnectRequest_Heartbeat:
		m.Heartbeat.AppTimeNs = time.Now().UnixNano()
		return &pb.ConnectResponse{Message: &pb.ConnectResponse_Heartbeat{Heartbeat: m.Heartbeat}}
	case *pb.ConnectRequest_Result:
		d.tally.Result()
		return acknowledged(&pb.Ack{Results: []string{m.Result.Id}})
	case *pb.ConnectRequest_Snapshot:
		d.tally.Snapshot(l.instance, m.Snapshot)
	case *pb.ConnectRequest_LeaseReturn:
		d.tally.Return(l.instance, m.LeaseReturn)
	}
	return nil
}

func (d *drivers) begin(l *line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines[l.instance] = l
}

func (d *drivers) end(l *line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lines[l.instance] == l {
		delete(d.lines, l.instance)
		d.tally.Ended(l.instance)
	}
}

func (d *drivers) line(instance string) *line {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines[instance]
}

// Admit implements the contract.
func (d *drivers) Admit(_ context.Context, r *pb.AdmitRequest) (*pb.AdmitResponse, error) {
	if d.line(r.Instance) == nil {
		return nil, status.Error(codes.Unavailable, "this instance has no stream")
	}
	granted, holder, ended := d.tally.Admit(r)
	if l := d.line(holder); l != nil {
		// A stream that can't be sent to has ended, and its lease with it.
		_ = l.send(&pb.ConnectResponse{Message: &pb.ConnectResponse_LeaseRevoke{LeaseRevoke: ended}})
	}
	return &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: granted}}, nil
}
