package uplink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"mercury-driver/driver/report"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// goodbye is how long the app may take to end a stream that we closed.
const goodbye = time.Second

var errEnded = errors.New("uplink: the vendor app ended the stream")

// carry opens one stream on a connection of its own (a half-open one is not used again) and carries
// its bytes until it fails, or ctx ends and it was closed.
func (u *Uplink[K]) carry(ctx context.Context, h Handler[K]) (welcomed bool, err error) {
	conn, err := u.dial()
	if err != nil {
		return false, fmt.Errorf("uplink: vendor app %s: %w", u.config.Addr, err)
	}
	defer conn.Close()
	stream := u.Open(time.Now(), h)
	defer stream.Close()

	g, live := errgroup.WithContext(context.WithoutCancel(ctx)) // ctx ends it in order, not at once
	open, shut := context.WithCancel(live)
	defer context.AfterFunc(ctx, shut)()
	start := func(name string, fn func() error) { g.Go(report.Guard("uplink "+name, fn)) }
	start("watch", func() error { return watch(open, live, stream.Deadline) })
	start("receive", func() error {
		client := pb.NewVendorAppServiceClient(conn)
		wire, err := client.Connect(live)
		if err != nil {
			return fmt.Errorf("uplink: vendor app %s: %w", u.config.Addr, named(err))
		}
		start("send", func() error { return u.send(open, stream, wire) })
		start("questions", func() error { return u.putQuestions(open, live, start, client, h) })
		return u.receive(stream, wire)
	})
	err = g.Wait()
	return stream.Welcomed(), err
}

// flowWindow is what the app may send ahead of our reading: acknowledgements and heartbeats. Where it is named, gRPC does not
// look for it with a ping after whatever it reads.
const flowWindow = 1 << 20

// dial makes the connection; gRPC opens it with the first call, to whichever address of the name takes it. Retries are ours.
func (u *Uplink[K]) dial() (*grpc.ClientConn, error) {
	creds := u.config.Credentials
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(creds), grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(),
		grpc.WithStaticStreamWindowSize(flowWindow), grpc.WithStaticConnWindowSize(flowWindow),
	}
	if u.config.Dial != nil {
		options = append(options, grpc.WithContextDialer(u.config.Dial))
	}
	return grpc.NewClient(u.config.Addr, options...)
}

// named says what gRPC means where it found no address: that nobody knows the name.
func named(err error) error {
	if strings.Contains(err.Error(), "produced zero addresses") {
		return fmt.Errorf("no such host (%w)", err)
	}
	return err
}

// watch fails when the app was silent for too long, and when the app does not end in time the stream
// that we closed.
func watch(open, live context.Context, deadline func() time.Time) error {
	for wait := time.Until(deadline()); wait > 0; wait = time.Until(deadline()) {
		pause(open, wait)
		if open.Err() != nil {
			pause(live, goodbye)
			return context.Cause(open)
		}
	}
	return fmt.Errorf("uplink: the vendor app gave no sign of life for %v", silence)
}

// send is the only sender of the stream. It closes the stream when open ends.
func (u *Uplink[K]) send(open context.Context, stream *Stream[K], wire pb.VendorAppService_ConnectClient) error {
	for open.Err() == nil {
		request, ready := stream.Next(time.Now())
		if request == nil {
			u.Outbox.wake.wait(open, ready)
			continue
		}
		switch err := wire.Send(request); err {
		case nil:
		case io.EOF: // the stream failed; the receiver is told why
			return nil
		default:
			return fmt.Errorf("uplink: send to the vendor app: %w", err)
		}
	}
	return wire.CloseSend()
}

func (u *Uplink[K]) receive(stream *Stream[K], wire pb.VendorAppService_ConnectClient) error {
	for {
		m, err := wire.Recv()
		switch err {
		case nil:
		case io.EOF:
			return errEnded
		default:
			return fmt.Errorf("uplink: stream of the vendor app: %w", err)
		}
		if err := stream.Receive(time.Now(), m); err != nil {
			return err
		}
		if w := m.GetWelcome(); w != nil {
			u.config.Log.Info("stream to the vendor app is up", "addr", u.config.Addr,
				"lease_ttl_ms", w.LeaseTtlMs, "credit", w.Credit, "leases_kept", len(w.Verdicts))
		}
	}
}
