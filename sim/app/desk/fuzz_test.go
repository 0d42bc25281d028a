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

// Whatever a driver asks of a controller: there is one answer, once the lease is stored; leases grow, and the log goes
// on where the app has it all.
func FuzzAdmit(f *testing.F) {
	for _, req := range []*pb.AdmitRequest{
		{Instance: "a", Serial: 1, Log: &pb.LogRange{Epoch: 1, Oldest: 1, Newest: 9}},
		{Instance: "a", Serial: 1, Log: &pb.LogRange{Epoch: 2, Oldest: 1 << 63, Newest: 1<<64 - 1}},
		{Instance: "b", Serial: 1 << 63},
	} {
		bytes, err := proto.Marshal(req)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes, true)
	}
	f.Fuzz(func(t *testing.T, bytes []byte, logEpochs bool) {
		req := &pb.AdmitRequest{}
		if proto.Unmarshal(bytes, req) != nil {
			return
		}
		now := time.Unix(1_800_000_000, 0)
		d, err := desk.New(now, forgetful{}, desk.Rules{LeaseTTL: ttl, Credit: 256}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		h := hello("a")
		h.Traits.LogEpochs = logEpochs
		peer, h, _ := desk.Greet(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: h}}, &stream{})
		d.Hello(now, peer, h)
		d.Events(peer, peer.Reports(&pb.EventBatch{Events: granted(1, 1, 1, 3)}))
		var leases []uint64
		for range 2 {
			answers := 0
			d.Admit(req, func(resp *pb.AdmitResponse, err error) {
				answers++
				if (resp.GetVerdict() == nil) == (err == nil) {
					t.Errorf("answered with %v, %v", resp, err)
				}
				if a := resp.GetAdmitted(); a != nil {
					leases = append(leases, a.LeaseEpoch)
					if req.Serial == 1 && a.ResumeLogEpoch == 1 && a.ResumeAfter != 3 {
						t.Errorf("of 1 to 3 it has: %v", a)
					}
				}
			})
			if err := d.Commit(); err != nil {
				t.Fatal(err)
			}
			if answers != 1 {
				t.Errorf("%d answers to %v", answers, req)
			}
		}
		if len(leases) == 2 && leases[1] <= leases[0] {
			t.Errorf("lease %d follows %d", leases[1], leases[0])
		}
	})
}
