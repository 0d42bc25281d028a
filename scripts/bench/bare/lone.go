package main

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/counting"
	"mercury-driver/scripts/bench/wire"
)

// roundTrips sends one event after the other on a stream that is idle otherwise, and waits for the acknowledgement of each.
func roundTrips(stream pb.VendorAppService_ConnectClient, lasting, every time.Duration) (counting.Spread, error) {
	var trips counting.Latencies
	event := newLoad(1).events[:1]
	for end := time.Now().Add(lasting); time.Now().Before(end); {
		time.Sleep(every)
		sent := time.Now()
		event[0].PanelTimeNs, event[0].ReceivedNs = sent.UnixNano(), sent.UnixNano()
		if err := wire.Send(stream, event); err != nil {
			return counting.Spread{}, err
		}
		if _, err := stream.Recv(); err != nil {
			return counting.Spread{}, err
		}
		trips.Add(time.Since(sent).Nanoseconds())
		event[0].Index++
	}
	return trips.Spread(), nil
}
