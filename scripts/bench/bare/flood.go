package main

import (
	"context"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/wire"
)

// flood sends batches of so many controllers for as long as there is credit for them, until ctx ends or the stream does.
func flood(ctx context.Context, stream pb.VendorAppService_ConnectClient, credit uint32, controllers int) error {
	free := semaphore.NewWeighted(int64(credit))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		events := newLoad(controllers)
		for {
			if err := free.Acquire(ctx, perBatch); err != nil {
				return err
			}
			if err := wire.Send(stream, events.batch()); err != nil {
				return err
			}
		}
	})
	group.Go(func() error {
		acked := make([]uint64, controllers)
		for {
			answer, err := stream.Recv()
			if err != nil {
				return err
			}
			for _, p := range answer.GetAck().GetTransactions() {
				known := &acked[p.Serial-firstSerial]
				free.Release(int64(p.Index - *known))
				*known = p.Index
			}
		}
	})
	return group.Wait()
}
