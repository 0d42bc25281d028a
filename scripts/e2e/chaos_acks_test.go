//go:build chaos

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// The way between driver and app loses one of ten acknowledgements, says one of ten events and results twice, and
// breaks every few seconds, so that what was not acknowledged is said again: the app has each event, and each result,
// once.
func TestChaosLostAcks(t *testing.T) {
	const panels = 20
	raised, cuts := scaled(8000, 3000), scaled(6, 2)
	s := startSystem(t, 0)
	g := startGossip(t, s.app)
	d := aDriver(t, g.port, s.redis.port).start(t)
	s.drivers = append(s.drivers, d)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), panels, "-scenario", "rush", "-transactions", fmt.Sprint(raised), "-rate", "400")
	o := (&orders{panels: panels, forgiving: true}).start(t, s)
	for range cuts {
		passes(t, 3*time.Second, "between two cuts")
		g.cut()
		tell(t, "%v", g)
	}
	sent := o.end()
	g.behave()
	f.settle(time.Minute)
	eventually(t, 15*time.Second, "the app has ended all commands", s.app.endedAll)
	eventually(t, 15*time.Second, "the app has everything", func() error { return d.owes(0) })
	v := s.judge(t, f, sent)
	keep(t, "driver events that are stored twice", number(0), number(s.app.count(
		`SELECT count(*) - count(DISTINCT instance || ' ' || number) FROM events WHERE idx = 0`)))
	if g.dropped < 50 || g.repeated < 50 || v.Transactions < raised {
		t.Errorf("too little happened: %v, %d transactions", g, v.Transactions)
	}
}

// owes fails unless so many events and results are not acknowledged.
func (d *driver) owes(want int) error {
	if n := d.metric("mercury_events_unacked") + d.metric("mercury_results_unacked"); n != want {
		return fmt.Errorf("%d events and results are not acknowledged", n)
	}
	return nil
}

// gossip stands between drivers and the app, speaks our contract with both, and does not pass it on as it hears it.
type gossip struct {
	pb.UnimplementedVendorAppServiceServer
	port int
	app  pb.VendorAppServiceClient

	mu                sync.Mutex
	chance            *rand.Rand
	honest            bool
	dropped, repeated int
	broken            chan struct{} // closed: the present streams are over
}

func startGossip(t *testing.T, a *app) *gossip {
	t.Helper()
	g := &gossip{port: freePort(t), chance: rand.New(rand.NewPCG(seed, 11)), broken: make(chan struct{})}
	listener, err := net.Listen("tcp", loopback(g.port))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(loopback(a.port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	g.app = pb.NewVendorAppServiceClient(conn)
	server := grpc.NewServer()
	pb.RegisterVendorAppServiceServer(server, g)
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(listener) })
	t.Cleanup(func() { server.Stop(); serving.Wait(); conn.Close() })
	return g
}

func (g *gossip) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprintf("%d acks dropped, %d batches and results repeated", g.dropped, g.repeated)
}

// strikes is one of ten; it is counted.
func (g *gossip) strikes(count *int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.honest || g.chance.IntN(10) > 0 {
		return false
	}
	*count++
	return true
}

// cut ends all streams. The drivers dial again.
func (g *gossip) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.broken)
	g.broken = make(chan struct{})
}

// behave ends the gossip, and lets what it owes be said again.
func (g *gossip) behave() {
	g.mu.Lock()
	g.honest = true
	g.mu.Unlock()
	g.cut()
}

// Connect implements the contract.
func (g *gossip) Connect(driver pb.VendorAppService_ConnectServer) error {
	g.mu.Lock()
	broken := g.broken
	g.mu.Unlock()
	app, err := g.app.Connect(driver.Context())
	if err != nil {
		return err
	}
	go g.up(driver, app)
	ended := make(chan error, 1)
	go func() { ended <- g.down(app, driver) }()
	select {
	case err := <-ended:
		return err
	case <-broken:
		return status.Error(codes.Unavailable, "cut")
	}
}

// up passes on what the driver says, and some of it twice.
func (g *gossip) up(driver pb.VendorAppService_ConnectServer, app pb.VendorAppService_ConnectClient) {
	defer app.CloseSend()
	for {
		m, err := driver.Recv()
		if err != nil {
			return
		}
		times := 1
		if (m.GetEvents() != nil || m.GetResult() != nil) && g.strikes(&g.repeated) {
			times = 2
		}
		for range times {
			if err := app.Send(m); err != nil {
				return
			}
		}
	}
}

// down passes on what the app says, but for some acknowledgements.
func (g *gossip) down(app pb.VendorAppService_ConnectClient, driver pb.VendorAppService_ConnectServer) error {
	for {
		m, err := app.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.GetAck() != nil && g.strikes(&g.dropped) {
			continue
		}
		if err := driver.Send(m); err != nil {
			return err
		}
	}
}

// Admit implements the contract.
func (g *gossip) Admit(ctx context.Context, request *pb.AdmitRequest) (*pb.AdmitResponse, error) {
	return g.app.Admit(ctx, request)
}
