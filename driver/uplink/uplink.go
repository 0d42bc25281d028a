// Package uplink is the driver's one line to the vendor app: what the sessions report goes out in
// batches and is kept until the app has it, what the app says comes back to them, and controllers are
// put before it. It exists so that a session may report at any moment, whatever the network does.
//
// It refuses to decide: what a lease, a verdict or a command means is the sessions' business. It
// refuses to wait for the app while a session calls it, and to hold more than its bounds.
//
// The protocol is pure: Outbox, Admissions and Stream are stepped with a given time, hold no
// goroutine and read no clock. Run is the other half, which carries the bytes.
//
// Locks: a session's mutex may be held when Outbox and Admissions are called, and theirs are never
// held when the Handler is called.
package uplink

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Config is what an Uplink must know. Addr, Hello and Log are required.
type Config struct {
	// Addr is the vendor app's host:port, or another target that gRPC resolves.
	Addr string
	// Hello introduces this process; held leases are filled in for each stream.
	Hello *pb.Hello
	Log   *slog.Logger
	// Credentials of the connection; nil is plain text.
	Credentials credentials.TransportCredentials
	// Dial opens the connection; nil is TCP.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// Jitter gives numbers in [0, 1) and may be called from several goroutines; nil is math/rand.
	Jitter func() float64
	// DriverEvents and Results bound what is kept unacknowledged, Results with those of the commands under way; 0
	// takes 65,536.
	DriverEvents int
	Results      int
}

// Uplink is the line to the vendor app. K names an attachment of a controller.
type Uplink[K comparable] struct {
	// Outbox takes what the sessions report.
	Outbox *Outbox
	// Admissions takes the controllers that ask to be admitted.
	Admissions *Admissions[K]

	config Config
}

// New makes an Uplink. It takes events and questions at once; Run starts to carry them.
func New[K comparable](c Config) *Uplink[K] {
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	return &Uplink[K]{
		Outbox:     newOutbox(c.DriverEvents, c.Results),
		Admissions: newAdmissions[K](c.Jitter),
		config:     c,
	}
}

// Open begins the protocol of a new stream at the moment it is dialled. One stream may be open at a
// time; Close ends it.
func (u *Uplink[K]) Open(now time.Time, h Handler[K]) *Stream[K] {
	u.Outbox.open()
	hello := proto.CloneOf(u.config.Hello)
	hello.HeldLeases = h.HeldLeases()
	return &Stream[K]{handler: h, outbox: u.Outbox, admissions: u.Admissions, hello: hello, pulse: newPulse(now)}
}
