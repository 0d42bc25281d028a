// Command counter is the cheapest vendor app that keeps the contract: it admits every controller, counts what comes, and
// acknowledges each batch at once. It keeps nothing on disk. Over HTTP it says what it counted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/counting"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:7001", "`address` to serve drivers on")
	tell := flag.String("tell", "127.0.0.1:7002", "`address` to say on, over HTTP, what was counted")
	credit := flag.Uint("credit", 256, "`transactions` that a driver may have sent and not seen acknowledged")
	flag.Parse()
	debug.SetGCPercent(400) // it shares the machine with what is measured
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, *tell, uint32(*credit)); err != nil {
		fmt.Fprintln(os.Stderr, "counter:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, listen, tell string, credit uint32) error {
	forDrivers, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	forReaders, err := net.Listen("tcp", tell)
	if err != nil {
		return errors.Join(err, forDrivers.Close())
	}
	// The leases of an earlier counter are older than a clock that goes on.
	tally := counting.New(uint64(time.Now().UnixMilli()))
	drivers := grpc.NewServer(grpc.ForceServerCodecV2(newCodec()))
	pb.RegisterVendorAppServiceServer(drivers, newDrivers(tally, credit))
	readers := &http.Server{Handler: telling(tally)}

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return drivers.Serve(forDrivers) })
	group.Go(func() error {
		if err := readers.Serve(forReaders); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		drivers.Stop()
		return readers.Close()
	})
	return group.Wait()
}
