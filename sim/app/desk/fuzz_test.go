package desk_test

import (
	"log/slog"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// forgetful stores nothing.
type forgetful struct{}

func (forgetful) Load() (desk.Kept, error)                    { return desk.Kept{}, nil }
func (forgetful) History(uint64) (map[uint32]desk.Log, error) { return nil, nil }
func (forgetful) Known(*pb.CommandResult) (desk.Known, error) { return desk.Known{}, nil }
func (forgetful) Commit(*desk.Change) error                   { return nil }

// FuzzWhatADriverSends: no message of a driver, however odd, ends the app.
func FuzzWhatADriverSends(f *testing.F) {
	for _, m := range []*pb.ConnectRequest{
		{Message: &pb.ConnectRequest_Events{Events: &pb.EventBatch{Events: append(granted(1, 1, 1, 3), gap(1, 1, 1, 5, 0), online(2, 1, 1))}}},
		{Message: &pb.ConnectRequest_Hello{Hello: &pb.Hello{HeldLeases: []*pb.HeldLease{{Serial: 1, LeaseEpoch: 1 << 63}}}}},
		{Message: &pb.ConnectRequest_Result{Result: &pb.CommandResult{Id: "c", Serial: 1, Outcome: 77}}},
		{Message: &pb.ConnectRequest_Snapshot{Snapshot: &pb.Snapshot{Controllers: []*pb.ControllerState{leased(1, 1)}}}},
		{Message: &pb.ConnectRequest_LeaseReturn{LeaseReturn: &pb.LeaseReturn{Serial: 1}}},
	} {
		bytes, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		m := &pb.ConnectRequest{}
		if proto.Unmarshal(bytes, m) != nil {
			return
		}
		now := time.Unix(1_800_000_000, 0)
		d, err := desk.New(now, forgetful{}, desk.Rules{LeaseTTL: ttl, Credit: 256}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		peer, h, _ := desk.Greet(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: hello("a")}}, &stream{})
		if m.GetHello() != nil {
			h = m.GetHello()
		}
		d.Hello(now, peer, h)
		for range 2 { // the second is a repeat
			switch m := m.Message.(type) {
			case *pb.ConnectRequest_Events:
				d.Events(peer, peer.Reports(m.Events))
			case *pb.ConnectRequest_Snapshot:
				d.Snapshot(now, peer, m.Snapshot)
			case *pb.ConnectRequest_Result:
				d.Result(now, peer, m.Result)
			case *pb.ConnectRequest_LeaseReturn:
				d.Return(now, peer, m.LeaseReturn)
			}
			if err := d.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
