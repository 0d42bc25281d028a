package app_test

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// rig is an app on loopback, with its database on disk and an embedded Redis.
type rig struct {
	t     testing.TB
	way   app.Way
	db    string
	key   string // file of the app's signing key, or empty
	redis *miniredis.Miniredis
	conn  *grpc.ClientConn
	stop  func() error
	log   *slog.Logger // nil: none
}

func newRig(t testing.TB) *rig { return newRigWith(t, "") }

func newRigWith(t testing.TB, key string) *rig { return (&rig{t: t, key: key}).begin() }

// begin completes a rig that has its settings, and starts the app.
func (r *rig) begin() *rig {
	r.db, r.redis = filepath.Join(r.t.TempDir(), "app.db"), miniredis.RunT(r.t)
	r.start()
	r.t.Cleanup(func() {
		if err := r.stop(); err != nil {
			r.t.Error(err)
		}
	})
	return r
}

func (r *rig) start() {
	r.t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	var key *app.SigningKey
	if r.key != "" {
		if key, err = app.ReadSigningKey(r.key); err != nil {
			r.t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, lis, app.Options{
			DB: r.db, SigningKey: key, Redis: &redis.Options{Addr: r.redis.Addr()}, Way: r.way, Log: cmp.Or(r.log, slog.New(slog.DiscardHandler))})
	}()
	r.conn, err = grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		r.t.Fatal(err)
	}
	r.stop = func() error {
		cancel()
		err := <-ended
		r.conn.Close()
		r.stop = func() error { return nil }
		return err
	}
}

func (r *rig) restart() {
	r.t.Helper()
	if err := r.stop(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
}

// driver plays a driver process.
type driver struct {
	t        testing.TB
	instance string
	client   pb.VendorAppServiceClient
	stream   pb.VendorAppService_ConnectClient
}

func (r *rig) open(first *pb.ConnectRequest) *driver {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	r.t.Cleanup(cancel)
	d := &driver{t: r.t, client: pb.NewVendorAppServiceClient(r.conn)}
	var err error
	if d.stream, err = d.client.Connect(ctx, grpc.WaitForReady(true)); err != nil {
		r.t.Fatal(err)
	}
	d.send(first)
	return d
}

func (r *rig) connect(instance string) *driver {
	r.t.Helper()
	d := r.open(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: &pb.Hello{
		ContractVersion: 1, Instance: instance, Port: 5001, Traits: &pb.LibraryTraits{LogEpochs: true}}}})
	d.instance = instance
	if m := d.next(); m.GetWelcome() == nil {
		r.t.Fatalf("%v came before Welcome", m)
	}
	return d
}

func (d *driver) send(m *pb.ConnectRequest) {
	d.t.Helper()
	if err := d.stream.Send(m); err != nil {
		d.t.Fatal(err)
	}
}

// next is the app's next message; the stream's own deadline bounds the wait.
func (d *driver) next() *pb.ConnectResponse {
	d.t.Helper()
	m, err := d.stream.Recv()
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

// ends waits for the end of the stream.
func (d *driver) ends() error {
	for {
		if _, err := d.stream.Recv(); err != nil {
			return err
		}
	}
}

func (d *driver) admit(serial uint64) *pb.Admitted {
	d.t.Helper()
	answer, err := d.client.Admit(context.Background(), &pb.AdmitRequest{
		Instance: d.instance, Serial: serial, Log: &pb.LogRange{Epoch: 1, Oldest: 1, Newest: 100}})
	if err != nil || answer.GetAdmitted() == nil {
		d.t.Fatalf("controller %d was not admitted: %v, %v", serial, answer, err)
	}
	return answer.GetAdmitted()
}

func (d *driver) report(serial, first, last uint64) {
	d.t.Helper()
	batch := &pb.EventBatch{}
	for index := first; index <= last; index++ {
		batch.Events = append(batch.Events, &pb.Event{Serial: serial, LogEpoch: 1, Index: index,
			Body: &pb.Event_DoorPosition{DoorPosition: &pb.DoorPosition{Door: 1, Open: index%2 == 0}}})
	}
	d.send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: batch}})
}

func (d *driver) beat(number uint64) {
	d.t.Helper()
	d.send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Heartbeat{Heartbeat: &pb.Heartbeat{Number: number}}})
}

// acked waits until the app has acknowledged this index of the one controller.
func (d *driver) acked(index uint64) {
	d.t.Helper()
	for {
		for _, p := range d.next().GetAck().GetTransactions() {
			if p.Index == index {
				return
			}
		}
	}
}

func (d *driver) answer(c *pb.Command, serial uint64, outcome pb.Outcome) {
	d.t.Helper()
	d.send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Result{Result: &pb.CommandResult{
		Id: c.Id, Serial: serial, Outcome: outcome, Instance: d.instance, LeaseEpoch: c.LeaseEpoch}}})
}

// unlock asks the app to unlock a door, and gives its answer when it comes.
func (r *rig) unlock(serial uint64, route appv1.Route) <-chan *appv1.SendCommandResponse {
	answers := make(chan *appv1.SendCommandResponse, 1)
	go func() {
		defer close(answers)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		answer, err := appv1.NewOperatorServiceClient(r.conn).SendCommand(ctx, &appv1.SendCommandRequest{
			Serial: serial, Route: route,
			Command: &pb.Command{RequestedBy: "ada", Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}})
		if err != nil {
			r.t.Error(err)
		}
		answers <- answer
	}()
	return answers
}
