package main

import (
	"context"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/bench/wire"
)

const (
	// As in the driver.
	linger   = 4 * time.Millisecond // from one batch to the next, where that is not full
	maxBatch = 256

	longest = 100 * time.Millisecond // wait for a message
)

// forwarder is the whole way from the library to the stream. One goroutine.
type forwarder struct {
	library *cvendor.Library
	stream  pb.VendorAppService_ConnectClient
	serials []uint64 // by scp

	messages []scp.Message
	events   []*pb.Event // made once; the first of them are the next batch
	granted  []*pb.AccessGranted
	pending  int
	last     time.Time // when the last batch left
}

func newForwarder(library *cvendor.Library, stream pb.VendorAppService_ConnectClient) *forwarder {
	f := &forwarder{library: library, stream: stream, serials: make([]uint64, library.Capabilities().MaxLinks),
		messages: make([]scp.Message, maxBatch)}
	lease := uint64(time.Now().UnixMilli())
	for range maxBatch {
		granted := new(pb.AccessGranted)
		f.granted = append(f.granted, granted)
		f.events = append(f.events, &pb.Event{LeaseEpoch: lease, Body: &pb.Event_AccessGranted{AccessGranted: granted}})
	}
	return f
}

func (f *forwarder) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := f.drain(longest); err != nil {
			return err
		}
		// Company comes meanwhile, and costs nothing: nobody is woken for it.
		if wait := time.Until(f.last.Add(linger)); f.pending > 0 && f.pending < maxBatch && wait > 0 {
			time.Sleep(wait)
			if err := f.drain(0); err != nil {
				return err
			}
		}
		if err := f.send(); err != nil {
			return err
		}
	}
	return nil
}

// drain takes what there is, at most what the batch has room for.
func (f *forwarder) drain(wait time.Duration) error {
	n, err := f.library.Drain(f.messages[:maxBatch-f.pending], wait, false)
	if err != nil {
		return err
	}
	now := time.Now().UnixNano()
	for i := range n {
		if err := f.take(now, &f.messages[i]); err != nil {
			return err
		}
	}
	return nil
}

// take takes the kinds of message that the library for benchmarks has.
func (f *forwarder) take(now int64, m *scp.Message) error {
	switch m.Kind {
	case scp.IdentityTold:
		f.serials[m.SCP] = m.Identity.Serial
		return f.begin(m)
	case scp.AccessGranted:
		ev, granted := f.events[f.pending], f.granted[f.pending]
		ev.Serial, ev.LogEpoch, ev.Index, ev.PanelTimeNs, ev.ReceivedNs = f.serials[m.SCP], m.LogEpoch, m.Index, m.Time, now
		granted.Reader, granted.Door, granted.Card = m.Reader, m.Door, m.Card
		f.pending++
	}
	return nil
}

// begin lets a controller report, once and for all.
func (f *forwarder) begin(m *scp.Message) error {
	for _, action := range []scp.Action{scp.Accept{},
		scp.LogReport{LogPosition: scp.LogPosition{Epoch: m.Identity.LogEpoch, Index: 1 << 62}}} {
		if _, err := f.library.Post(m.Attachment, scp.Command{Target: m.SCP, Action: action}, scp.Terms{}); err != nil {
			return err
		}
	}
	return nil
}

func (f *forwarder) send() error {
	if f.pending == 0 {
		return nil
	}
	f.last = time.Now()
	err := wire.Send(f.stream, f.events[:f.pending])
	f.pending = 0
	return err
}
