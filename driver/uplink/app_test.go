package uplink

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// vendorApp is the other end: a default gRPC server in memory.
type vendorApp struct {
	pb.UnimplementedVendorAppServiceServer
	server   *grpc.Server
	listener *bufconn.Listener

	// What it does, set before the test dials.
	reject    error                          // every stream ends with it
	welcome   *pb.Welcome                    // nil: it never welcomes
	silent    atomic.Bool                    // no echoes
	deaf      atomic.Bool                    // it stops to read
	keepAcks  atomic.Bool                    // it acknowledges nothing
	cutAfter  func() (messages, replies int) // cuts a stream after so many of each; nil: never
	decide    func(context.Context, *pb.AdmitRequest) (*pb.AdmitResponse, error)
	onMessage func(*pb.ConnectRequest)

	mu      sync.Mutex
	streams []time.Time // when each began
	hellos  []*pb.Hello
	events  []*pb.Event // in the order read
	results []string
	ended   []error // how the driver ended streams
}

func startApp(t *testing.T) *vendorApp {
	a := &vendorApp{server: grpc.NewServer(), listener: bufconn.Listen(1 << 16),
		welcome: &pb.Welcome{LeaseTtlMs: 10_000, Credit: 1024}}
	pb.RegisterVendorAppServiceServer(a.server, a)
	served := make(chan error)
	go func() { served <- a.server.Serve(a.listener) }()
	t.Cleanup(func() {
		a.server.Stop()
		<-served
	})
	return a
}

func (a *vendorApp) config() Config {
	c := testConfig()
	c.Dial = func(ctx context.Context, _ string) (net.Conn, error) { return a.listener.DialContext(ctx) }
	return c
}

func (a *vendorApp) Connect(stream pb.VendorAppService_ConnectServer) error {
	a.mu.Lock()
	a.streams = append(a.streams, time.Now())
	a.mu.Unlock()
	if a.reject != nil {
		return a.reject
	}
	messages, replies := -1, -1
	if a.cutAfter != nil {
		messages, replies = a.cutAfter()
	}
	for ; messages != 0; messages-- {
		if a.deaf.Load() {
			<-stream.Context().Done()
		}
		m, err := stream.Recv()
		if err != nil {
			a.mu.Lock()
			a.ended = append(a.ended, err)
			a.mu.Unlock()
			return nil
		}
		if reply := a.read(m); reply != nil && replies != 0 {
			replies--
			if err := stream.Send(reply); err != nil {
				return err
			}
		}
	}
	return status.Error(codes.Unavailable, "cut")
}

// read stores a message and answers it.
func (a *vendorApp) read(m *pb.ConnectRequest) *pb.ConnectResponse {
	if a.onMessage != nil {
		a.onMessage(m)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch m := m.Message.(type) {
	case *pb.ConnectRequest_Hello:
		a.hellos = append(a.hellos, m.Hello)
		if a.welcome == nil {
			return nil
		}
		return &pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{Welcome: a.welcome}}
	case *pb.ConnectRequest_Heartbeat:
		if a.silent.Load() {
			return nil
		}
		return echoOf(&pb.Heartbeat{Number: m.Heartbeat.Number, AppTimeNs: time.Now().UnixNano()})
	case *pb.ConnectRequest_Events:
		a.events = append(a.events, m.Events.Events...)
		if !a.keepAcks.Load() {
			return &pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{Ack: ackOf(m.Events.Events)}}
		}
	case *pb.ConnectRequest_Result:
		a.results = append(a.results, m.Result.Id)
		if !a.keepAcks.Load() {
			return &pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{
				Ack: &pb.Ack{Results: []string{m.Result.Id}}}}
		}
	}
	return nil
}

// ackOf acknowledges one batch.
func ackOf(batch []*pb.Event) *pb.Ack {
	ack := &pb.Ack{}
	last := map[uint64]*pb.LogPosition{}
	for _, ev := range batch {
		if ev.Index == 0 {
			ack.DriverEvents = append(ack.DriverEvents, ev.Number)
		} else if p := last[ev.Serial]; p != nil {
			p.Index = max(p.Index, ev.Index)
		} else {
			last[ev.Serial] = &pb.LogPosition{Serial: ev.Serial, LogEpoch: ev.LogEpoch, Index: ev.Index}
			ack.Transactions = append(ack.Transactions, last[ev.Serial])
		}
	}
	return ack
}

func (a *vendorApp) Admit(ctx context.Context, req *pb.AdmitRequest) (*pb.AdmitResponse, error) {
	return a.decide(ctx, req)
}

func admitted(epoch uint64) *pb.AdmitResponse {
	return &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{LeaseEpoch: epoch}}}
}

func (a *vendorApp) began() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.streams)
}

func (a *vendorApp) stored() []*pb.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.events)
}

// running starts an Uplink to the app; stop ends it and joins it.
func running(t *testing.T, a *vendorApp, r *recorder) (u *Uplink[int], stop func()) {
	return run(t, a.config(), r)
}

func run(t *testing.T, c Config, r *recorder) (u *Uplink[int], stop func()) {
	u = New[int](c)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- u.Run(ctx, r) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return u, stop
}
