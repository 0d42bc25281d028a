package uplink

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Handler is the other side of the driver: the table of its sessions. The calls about one stream come
// one after the other, in the order of the stream; Admitted may come at the same time as any of them.
// None may block for long: the stream is not read meanwhile.
type Handler[K comparable] interface {
	// HeldLeases lists every lease that this process believes to hold, for Hello.
	HeldLeases() []*pb.HeldLease
	// Welcomed brings the app's answer to Hello, with a verdict for each held lease.
	Welcomed(now time.Time, w *pb.Welcome)
	// LeasesRunUntil moves the end of all leases; never back.
	LeasesRunUntil(now, until time.Time)
	// Snapshot is the live state of all controllers, asked for once after each Welcomed.
	Snapshot() *pb.Snapshot
	// Acked tells what the app has durably stored; the Outbox holds it no more.
	Acked(now time.Time, positions []*pb.LogPosition)
	// ResultsStored tells of which commands the app has durably stored the results; the Outbox holds them no more.
	ResultsStored(ids []string)
	// Revoked ends a lease at once.
	Revoked(now time.Time, r *pb.LeaseRevoke)
	// DirectCommand brings a command that the app sent after bornAfter.
	DirectCommand(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time)
	// AppClock tells what the app's wall clock showed at a moment of ours.
	AppClock(at, app time.Time)
	// Admitted ends a question, once: with a verdict that the app gave after bornAfter, or with an error
	// when it was cancelled. A lease that is granted to a cancelled question arrives here all the same, to
	// be given back.
	Admitted(now time.Time, key K, resp *pb.AdmitResponse, bornAfter time.Time, err error)
}
