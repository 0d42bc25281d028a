package uplink

import (
	"testing"

	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Whatever the app sends, the stream takes it or ends with an error, and what was offered is kept until
// its own name is acknowledged.
func FuzzReceive(f *testing.F) {
	for _, m := range []*pb.ConnectResponse{
		welcome(), echoOf(&pb.Heartbeat{Number: 1, AppTimeNs: -1}), echoOf(&pb.Heartbeat{Number: 1 << 63}), direct("a"),
		{Message: &pb.ConnectResponse_Ack{Ack: &pb.Ack{DriverEvents: []uint64{1, 1}, Results: []string{"a", "a"}}}},
		{Message: &pb.ConnectResponse_Ack{Ack: upTo(7, 1, 1<<64-1)}},
		{Message: &pb.ConnectResponse_Credit{Credit: &pb.Credit{}}},
		{Message: &pb.ConnectResponse_LeaseRevoke{LeaseRevoke: &pb.LeaseRevoke{Serial: 7}}},
	} {
		bytes, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		var m pb.ConnectResponse
		if proto.Unmarshal(bytes, &m) != nil {
			return
		}
		u, s, _ := welcomed(t)
		u.Outbox.Offer(entry(7, 1, 1))
		u.Outbox.Offer(seen(8))
		u.Outbox.Answer(&pb.CommandResult{Id: "a"})
		now := start
		for range 2 {
			for request, _ := s.Next(now); request != nil; request, _ = s.Next(now) {
			}
			if s.Receive(now, &m) != nil {
				return
			}
			now = now.Add(linger)
		}
		if c := u.Outbox.Counts(); m.GetAck() == nil && c.Unacked+c.Results != 3 {
			t.Fatalf("%v released something: %+v", &m, c)
		}
	})
}
