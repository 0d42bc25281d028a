package main

import (
	"context"
	"net"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/counting"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serveInMemory serves drivers until the test ends.
func serveInMemory(t *testing.T) (pb.VendorAppServiceClient, *counting.Tally) {
	t.Helper()
	tally, lis := counting.New(0), bufconn.Listen(1<<16)
	server := grpc.NewServer(grpc.ForceServerCodecV2(newCodec()))
	pb.RegisterVendorAppServiceServer(server, newDrivers(tally, 300))
	served := make(chan error, 1)
	go func() { served <- server.Serve(lis) }()
	conn, err := grpc.NewClient("passthrough:memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return pb.NewVendorAppServiceClient(conn), tally
}

// ask sends a request and returns what is answered to it.
func ask(t *testing.T, stream pb.VendorAppService_ConnectClient, request *pb.ConnectRequest) *pb.ConnectResponse {
	t.Helper()
	if err := stream.Send(request); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func connect(t *testing.T, client pb.VendorAppServiceClient, instance string) pb.VendorAppService_ConnectClient {
	t.Helper()
	stream, err := client.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hello := &pb.Hello{ContractVersion: 1, Instance: instance}
	welcome := ask(t, stream, &pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: hello}}).GetWelcome()
	if welcome.GetCredit() != 300 || welcome.GetLeaseTtlMs() != 10_000 {
		t.Fatalf("welcomed with %v", welcome)
	}
	return stream
}

func TestADriverIsAnsweredAtOnce(t *testing.T) {
	client, tally := serveInMemory(t)
	stream := connect(t, client, "a")
	events := []*pb.Event{{Serial: 5, Index: 1}, {Serial: 5, Index: 2}, {Serial: 6, Index: 1}, {Serial: 6, Number: 9}}
	for _, c := range []struct {
		name    string
		request *pb.ConnectRequest
		good    func(*pb.ConnectResponse) bool
	}{
		{"heartbeat", &pb.ConnectRequest{Message: &pb.ConnectRequest_Heartbeat{Heartbeat: &pb.Heartbeat{Number: 7}}},
			func(r *pb.ConnectResponse) bool {
				return r.GetHeartbeat().GetNumber() == 7 && r.GetHeartbeat().AppTimeNs > 0
			}},
		{"result", &pb.ConnectRequest{Message: &pb.ConnectRequest_Result{Result: &pb.CommandResult{Id: "c-1"}}},
			func(r *pb.ConnectResponse) bool { return r.GetAck().GetResults()[0] == "c-1" }},
		{"events", &pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: &pb.EventBatch{Events: events}}},
			func(r *pb.ConnectResponse) bool {
				ack := r.GetAck()
				return len(ack.Transactions) == 2 && ack.Transactions[0].Index == 2 && ack.DriverEvents[0] == 9
			}},
	} {
		if answer := ask(t, stream, c.request); !c.good(answer) {
			t.Errorf("%s: answered with %v", c.name, answer)
		}
	}
	if got := tally.Counts(); got.Events != 3 || got.DriverEvents != 1 || got.Results != 1 {
		t.Errorf("counted %+v", got)
	}
}

func TestAdmission(t *testing.T) {
	client, _ := serveInMemory(t)
	admit := func(instance string) (*pb.AdmitResponse, error) {
		return client.Admit(t.Context(), &pb.AdmitRequest{Instance: instance, Serial: 5})
	}
	if _, err := admit("a"); status.Code(err) != codes.Unavailable {
		t.Errorf("admitted without a stream: %v", err)
	}
	older := connect(t, client, "a")
	connect(t, client, "b")
	granted, err := admit("a")
	if err != nil || granted.GetAdmitted() == nil {
		t.Fatalf("%v, %v", granted, err)
	}
	if _, err := admit("b"); err != nil {
		t.Fatal(err)
	}
	answer, err := older.Recv()
	if revoked := answer.GetLeaseRevoke(); err != nil || revoked.GetLeaseEpoch() != granted.GetAdmitted().LeaseEpoch {
		t.Errorf("the older process hears %v, %v", answer, err)
	}
}
