package main

import (
	"context"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/wire"
)

// flood sends batches for as long as there is credit for them, until ctx ends or the stream does.
func flood(ctx context.Context, stream pb.VendorAppService_ConnectClient, credit uint32) error {
	free := semaphore.NewWeighted(int64(credit))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		events := newLoad()
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
		var acked [controllers]uint64
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
