// Package wire opens the stream of a limit program to the vendor app. Nothing is in it that the contract does not ask for.
package wire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Open returns a stream on which the app has welcomed us, and the transactions that it granted in all.
func Open(ctx context.Context, app string) (stream pb.VendorAppService_ConnectClient, credit uint32, err error) {
	conn, err := grpc.NewClient(app, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, 0, err
	}
	stream, err = pb.NewVendorAppServiceClient(conn).Connect(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("open the stream to %s: %w", app, err)
	}
	hello := &pb.Hello{ContractVersion: 1, Instance: rand.Text(), Port: 1}
	// Where sending fails the receiver is told why.
	_ = stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: hello}})
	answer, err := stream.Recv()
	if err == nil && answer.GetWelcome() == nil {
		err = errors.New("the first answer is no Welcome")
	}
	if err != nil {
		return nil, 0, fmt.Errorf("introduce ourselves to %s: %w", app, err)
	}
	return stream, answer.GetWelcome().Credit, nil
}

// Send sends a batch. A stream that has failed is no error here: who receives is told why.
func Send(stream pb.VendorAppService_ConnectClient, events []*pb.Event) error {
	err := stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: &pb.EventBatch{Events: events}}})
	if err == io.EOF {
		return nil
	}
	return err
}
