package uplink

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(benchAddress); address != "" {
		serveBench(address)
		return
	}
	os.Setenv("NO_PROXY", "*") // a proxy would look names up
	goleak.VerifyTestMain(m)
}

// start is where the tests' clocks start; it has a monotonic reading like any time.Now.
var start = time.Now()

func after(d time.Duration) time.Time { return start.Add(d) }

var quiet = slog.New(slog.DiscardHandler)

func testConfig() Config {
	return Config{
		Addr: "passthrough:///vendor-app", Log: quiet,
		Hello:  &pb.Hello{ContractVersion: 1, Instance: "instance", Port: 5001},
		Jitter: func() float64 { return 0.5 },
	}
}

// entry is a live transaction, late one of the backlog.
func entry(serial uint64, epoch uint32, index uint64) encoded.Event {
	return logged(serial, epoch, index, false)
}

func late(serial uint64, epoch uint32, index uint64) encoded.Event {
	return logged(serial, epoch, index, true)
}

func logged(serial uint64, epoch uint32, index uint64, backlog bool) encoded.Event {
	return encoded.Transaction(&scp.Message{Kind: scp.ExitRequest, LogEpoch: epoch, Index: index, Number: 1},
		encoded.Receipt{Serial: serial, Backlog: backlog})
}

// seen is an event that the driver made.
func seen(serial uint64) encoded.Event {
	return encoded.Of(&pb.Event{Serial: serial, Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: "test"}}})
}

// hole is a gap that an erased log left behind.
func hole(serial uint64) encoded.Event {
	return encoded.Of(&pb.Event{Serial: serial, LogEpoch: 1,
		Body: &pb.Event_Gap{Gap: &pb.Gap{First: 2, Cause: pb.GapCause_GAP_CAUSE_ERASED}}})
}

// written is a message as the vendor app reads it: the events of a batch are in its bytes alone. Nil stays nil.
func written(m *pb.ConnectRequest) *pb.ConnectRequest {
	if m == nil {
		return nil
	}
	bytes, err := proto.Marshal(m)
	read := new(pb.ConnectRequest)
	if err == nil {
		err = proto.Unmarshal(bytes, read)
	}
	if err != nil {
		panic(err)
	}
	return read
}

func upTo(serial uint64, epoch uint32, index uint64) *pb.Ack {
	return &pb.Ack{Transactions: []*pb.LogPosition{{Serial: serial, LogEpoch: epoch, Index: index}}}
}
