// Package app is the reference vendor app: the smallest honest other end of the drivers' contract.
// It admits controllers, stores their events before it acknowledges them, leases each controller to one
// process, and sends commands with an audit of each. It shows how a vendor app is meant to behave,
// and is what the driver is tested against.
//
// The thinking is done by package desk, the keeping by package store; this package owns the goroutines, the
// gRPC streams and Redis. It refuses to go on without its database; without Redis it goes on.
package app

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

// Options are what the app is started with.
type Options struct {
	// File of the SQLite database; made when it does not exist.
	DB string
	// The Redis that commands go through, or a node of the cluster, and how they do.
	Redis *redis.Options
	Way   Way // the zero value is PubSub
	// Put before a serial number to name its channel, or stream, in Redis; usually empty.
	ChannelPrefix string
	// Signs what is published; nil publishes it unsigned.
	SigningKey *SigningKey
	// What drivers and operators are served with; nil is plain text.
	TLS *tls.Config
	// Who is admitted; the zero value admits all.
	Admission desk.Admission
	Log       *slog.Logger
}

// Credit is how many transactions each driver may have sent that are not acknowledged: eight turns of the desk. While the
// events of one are stored, those of the next come. 5 MB in a driver.
const Credit = 32_768

const (
	leaseTTL = 10 * time.Second
	// For open calls to end before they are cut.
	gracePeriod = 2 * time.Second
)

// Run serves on the listener until the context ends, and closes it. An error means that the database could
// not be opened, or not be written any more; store.ErrTaken that another app has it.
func Run(ctx context.Context, lis net.Listener, o Options) error {
	defer lis.Close()
	publisher := newPublisher(o.Redis, o.Way, o.ChannelPrefix, o.SigningKey, o.Log)
	defer publisher.close()
	kept, err := store.Open(o.DB, time.Now())
	if err != nil {
		return err
	}
	defer kept.Close()
	d, err := desk.New(time.Now(), kept, desk.Rules{Admission: o.Admission, LeaseTTL: leaseTTL, Credit: Credit}, o.Log)
	if err != nil {
		return err
	}
	o.Log.Info("vendor app listens", "addr", lis.Addr().String(), "db", o.DB)
	server := grpc.NewServer()
	if o.TLS != nil {
		server = grpc.NewServer(grpc.Creds(credentials.NewTLS(o.TLS)))
	}
	return serve(ctx, lis, server, d, publisher)
}

// serve runs four things: the turns of the desk, the gRPC server, a watch on Redis, and the end of all, in which
// the streams end first, so that what they brought is still stored.
func serve(ctx context.Context, lis net.Listener, server *grpc.Server, d *desk.Desk, publisher *publisher) error {
	turns := newTurns()
	drivers := &drivers{turns: turns, closing: make(chan struct{})}
	pb.RegisterVendorAppServiceServer(server, drivers)
	appv1.RegisterOperatorServiceServer(server, &operator{turns: turns, publisher: publisher, closing: drivers.closing})

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return turns.run(d) })
	group.Go(func() error { return server.Serve(lis) })
	group.Go(func() error {
		publisher.watch(ctx)
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		close(drivers.closing)
		defer time.AfterFunc(gracePeriod, server.Stop).Stop()
		server.GracefulStop()
		drivers.readers.Wait()
		turns.close()
		return nil
	})
	return group.Wait()
}

var errGoingDown = status.Error(codes.Unavailable, "the app is going down")
