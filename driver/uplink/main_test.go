package uplink

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(benchAddress); address != "" {
		serveBench(address)
		return
	}
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
func entry(serial uint64, epoch uint32, index uint64) *pb.Event {
	return &pb.Event{Serial: serial, LogEpoch: epoch, Index: index,
		Body: &pb.Event_ExitRequest{ExitRequest: &pb.ExitRequest{Door: 1}}}
}

func late(serial uint64, epoch uint32, index uint64) *pb.Event {
	ev := entry(serial, epoch, index)
	ev.Backlog = true
	return ev
}

// seen is an event that the driver made.
func seen(serial uint64) *pb.Event {
	return &pb.Event{Serial: serial, Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: "test"}}}
}

// hole is a gap that an erased log left behind.
func hole(serial uint64) *pb.Event {
	return &pb.Event{Serial: serial, LogEpoch: 1, Body: &pb.Event_Gap{Gap: &pb.Gap{First: 2, Cause: pb.GapCause_GAP_CAUSE_ERASED}}}
}

func upTo(serial uint64, epoch uint32, index uint64) *pb.Ack {
	return &pb.Ack{Transactions: []*pb.LogPosition{{Serial: serial, LogEpoch: epoch, Index: index}}}
}
