// Command bare is what one gRPC stream can carry at all: the events of the contract, made beforehand, in batches like the
// driver's, as fast as the vendor app acknowledges them; or one alone, to see how long its way is.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mercury-driver/scripts/bench/wire"
)

func main() {
	app := flag.String("app", "", "`address` of the vendor app")
	lone := flag.Duration("lone", 0, "for how long to send one event at a time, and say then how long each was on its way and back; 0 floods until it is killed")
	controllers := flag.Int("controllers", 64, "of how `many` the flood is")
	every := flag.Duration("every", 10*time.Millisecond, "from one lone event to the next")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *app, *controllers, *lone, *every); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, app string, controllers int, lone, every time.Duration) error {
	stream, credit, err := wire.Open(ctx, app)
	if err != nil {
		return err
	}
	if lone == 0 {
		return flood(ctx, stream, credit, controllers)
	}
	trips, err := roundTrips(stream, lone, every)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(trips)
}
