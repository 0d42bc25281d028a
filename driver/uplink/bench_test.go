package uplink

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// benchAddress is set in the child process that plays the vendor app: the sender's CPU is then all of
// this process.
const benchAddress = "MERCURY_UPLINK_BENCH_ADDRESS"

// benchApp acknowledges each batch at once and keeps nothing.
type benchApp struct {
	pb.UnimplementedVendorAppServiceServer
}

func serveBench(address string) {
	listener, err := net.Listen("unix", address)
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer()
	pb.RegisterVendorAppServiceServer(server, benchApp{})
	go func() { // the parent closes our stdin
		io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	server.Serve(listener)
}

func (benchApp) Connect(stream pb.VendorAppService_ConnectServer) error {
	for {
		m, err := stream.Recv()
		if err != nil {
			return nil
		}
		reply := &pb.ConnectResponse{}
		switch m := m.Message.(type) {
		case *pb.ConnectRequest_Hello:
			reply.Message = &pb.ConnectResponse_Welcome{Welcome: &pb.Welcome{LeaseTtlMs: 10_000, Credit: 65_536}}
		case *pb.ConnectRequest_Heartbeat:
			reply.Message = &pb.ConnectResponse_Heartbeat{Heartbeat: m.Heartbeat}
		case *pb.ConnectRequest_Events:
			reply.Message = &pb.ConnectResponse_Ack{Ack: ackOf(m.Events.Events)}
		default:
			continue
		}
		if err := stream.Send(reply); err != nil {
			return err
		}
	}
}

func startBenchApp(b *testing.B) (target string) {
	address := b.TempDir() + "/app"
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), benchAddress+"="+address)
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		child.Wait()
	})
	return "unix:" + address
}

const (
	benchControllers = 100
)

// benchName is that of the n-th event of the load: a hundred controllers in turns of 16.
func benchName(n int) (serial, index uint64) {
	turn, i := n/16, n%16
	round, controller := turn/benchControllers, turn%benchControllers
	return uint64(61_000 + controller), uint64(round*16 + i + 1)
}

// Each is a card that was let in.
const (
	benchTime  = 1_700_000_000_000_000_000
	benchLease = 12
	benchCard  = 123_456
)

func benchMessage(n int) *pb.Event {
	serial, index := benchName(n)
	return &pb.Event{Serial: serial, LogEpoch: 1, Index: index,
		PanelTimeNs: benchTime, ReceivedNs: benchTime, LeaseEpoch: benchLease,
		Body: &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{Reader: 1, Door: 1, Card: benchCard}}}
}

func benchTransaction(n int) encoded.Event {
	serial, index := benchName(n)
	return encoded.Transaction(&scp.Message{Kind: scp.AccessGranted, LogEpoch: 1, Index: index, Time: benchTime,
		Reader: 1, Door: 1, Card: benchCard}, encoded.Receipt{Serial: serial, ReceivedNs: benchTime, LeaseEpoch: benchLease})
}

// cpu is what this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measure(b *testing.B, load func()) {
	before := cpu()
	b.ResetTimer()
	load()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/event")
}

// What the stream itself allows: batches as large, an ack each, and nothing kept.
func BenchmarkBareStream(b *testing.B) {
	conn, err := grpc.NewClient(startBenchApp(b), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	stream, err := pb.NewVendorAppServiceClient(conn).Connect(ctx, grpc.WaitForReady(true))
	if err != nil {
		b.Fatal(err)
	}
	measure(b, func() {
		done := make(chan error)
		go func() {
			var err error
			for n := 0; n < b.N && err == nil; n += maxBatch {
				_, err = stream.Recv()
			}
			done <- err
		}()
		for n := 0; n < b.N; n += maxBatch {
			batch := make([]*pb.Event, 0, maxBatch)
			for i := n; i < min(n+maxBatch, b.N); i++ {
				batch = append(batch, benchMessage(i))
			}
			if err := stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Events{
				Events: &pb.EventBatch{Events: batch}}}); err != nil {
				b.Fatal(err)
			}
		}
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkUplink(b *testing.B) {
	credit := newBell()
	r := &silentRecorder{credit: credit}
	c := testConfig()
	c.Addr = startBenchApp(b)
	u := New[int](c)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- u.Run(ctx, r) }()
	credit.wait(ctx, time.Time{}) // for Welcome
	measure(b, func() {
		for n := range b.N {
			for ev := benchTransaction(n); !u.Outbox.Offer(ev); {
				credit.wait(b.Context(), time.Time{})
			}
		}
		if err := u.Outbox.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
	})
	cancel()
	<-done
}

// silentRecorder only rings, when there is new credit.
type silentRecorder struct {
	recorder
	credit bell
}

func (r *silentRecorder) Welcomed(time.Time, *pb.Welcome) { r.credit.ring() }

func (r *silentRecorder) Acked(time.Time, []*pb.LogPosition) { r.credit.ring() }
