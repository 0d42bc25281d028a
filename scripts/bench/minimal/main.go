// Command minimal is the least that brings what a controller library says to the vendor app: it drains the library and
// sends what comes down one stream, with the driver's linger. There are no sessions, leases, windows and commands, so
// nothing that it loses could be had again.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	"mercury-driver/scripts/bench/wire"
)

func main() {
	app := flag.String("app", "", "`address` of the vendor app")
	flag.Parse()
	if err := run(*app); err != nil {
		fmt.Fprintln(os.Stderr, "minimal:", err)
		os.Exit(1)
	}
}

// run forwards until the stream or the library fails.
func run(app string) error {
	library, err := cvendor.Open(0)
	if err != nil {
		return err
	}
	defer library.Close()
	stream, _, err := wire.Open(context.Background(), app)
	if err != nil {
		return err
	}
	if _, err := library.Post(0, scp.Command{Action: scp.OpenChannel{Port: 1}}, scp.Terms{}); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error { return newForwarder(library, stream).run(ctx) })
	group.Go(func() error { // nobody waits for what is acknowledged
		for {
			if _, err := stream.Recv(); err != nil {
				return err
			}
		}
	})
	return group.Wait()
}
