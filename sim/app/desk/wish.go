package desk

import (
	"errors"
	"math"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

var action = (&pb.Command{}).ProtoReflect().Descriptor().Oneofs().ByName("action")

// Wish is a command that somebody asked for.
type Wish struct {
	Serial  uint64
	Command *pb.Command
	Route   appv1.Route
	// Publish is called once the audit has the command, when it goes through Redis; it must
	// return at once. A command that certainly did not get there is ended by Desk.NotSent.
	Publish func(*pb.Command)
	// Ended is called once, when the audit has the end; it must return at once.
	Ended func(r *pb.CommandResult, took time.Duration)
}

// Check finds what is wrong with a wish before anything is written; the error is a gRPC status.
func (w Wish) Check() error {
	c := w.Command
	switch {
	case w.Serial == 0 || w.Serial > math.MaxInt64:
		return status.Errorf(codes.InvalidArgument, "serial %d is not one of 1 to 2^63-1", w.Serial)
	case c == nil || c.ProtoReflect().WhichOneof(action) == nil:
		return status.Error(codes.InvalidArgument, "the command has no action")
	case c.Id != "" || c.LeaseEpoch != 0 || c.IssuedAtNs != 0:
		return status.Error(codes.InvalidArgument, "id, issued_at_ns and lease_epoch are the app's to set")
	case c.TtlMs != 0 && (c.TtlMs < 2_000 || c.TtlMs > 600_000):
		return status.Errorf(codes.InvalidArgument, "ttl of %d ms is not one of 2,000 to 600,000", c.TtlMs)
	}
	if err := CheckRequester(c.RequestedBy); err != nil {
		return status.Errorf(codes.InvalidArgument, "requested_by: %v", err)
	}
	return nil
}

// CheckRequester finds what is wrong with the name of who asks.
func CheckRequester(name string) error {
	if len(name) > 128 || !utf8.ValidString(name) {
		return errors.New("want at most 128 bytes of UTF-8")
	}
	return nil
}

// lifetime is how long a command is good for: as told, or the contract's default.
func lifetime(c *pb.Command) time.Duration {
	if c.TtlMs != 0 {
		return time.Duration(c.TtlMs) * time.Millisecond
	}
	switch c.Action.(type) {
	case *pb.Command_Unlock, *pb.Command_DoorMode, *pb.Command_Output, *pb.Command_Procedure, *pb.Command_HostDecision:
		return 5 * time.Second
	}
	return time.Minute
}

// describe gives the name of a command's action, and the action without what nobody may read.
func describe(c *pb.Command) (kind string, arguments protoreflect.Message) {
	m := c.ProtoReflect()
	field := m.WhichOneof(action)
	if card := c.GetPutCard(); card != nil {
		card = proto.CloneOf(card)
		card.Pin = 0
		return string(field.Name()), card.ProtoReflect()
	}
	return string(field.Name()), m.Get(field).Message()
}
