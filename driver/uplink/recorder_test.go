package uplink

import (
	"fmt"
	"slices"
	"sync"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// recorder is a Handler that writes down what it is told, one line a call.
type recorder struct {
	mu    sync.Mutex
	held  []*pb.HeldLease
	lines []string

	until time.Time
	born  time.Time

	// Called in Admitted and Acked, when set.
	onAdmitted func(key int, resp *pb.AdmitResponse, err error)
	onAcked    func([]*pb.LogPosition)
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *recorder) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

func (r *recorder) HeldLeases() []*pb.HeldLease { return r.held }

func (r *recorder) Welcomed(_ time.Time, w *pb.Welcome) { r.note("welcomed %d", len(w.Verdicts)) }

func (r *recorder) LeasesRunUntil(_, until time.Time) {
	r.note("leases")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = until
}

func (r *recorder) leasesUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.until
}

func (r *recorder) Snapshot() *pb.Snapshot {
	r.note("snapshot")
	return &pb.Snapshot{Controllers: []*pb.ControllerState{{Serial: 61364}}}
}

func (r *recorder) Acked(_ time.Time, positions []*pb.LogPosition) {
	r.note("acked %d", len(positions))
	if r.onAcked != nil {
		r.onAcked(positions)
	}
}

func (r *recorder) ResultsStored(ids []string) { r.note("results %v", ids) }

func (r *recorder) Revoked(_ time.Time, l *pb.LeaseRevoke) {
	r.note("revoked %d/%d", l.Serial, l.LeaseEpoch)
}

func (r *recorder) DirectCommand(_ time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	r.note("command %d %s", serial, c.Id)
	r.born = bornAfter
}

func (r *recorder) AppClock(_, _ time.Time) {}

func (r *recorder) Admitted(_ time.Time, key int, resp *pb.AdmitResponse, bornAfter time.Time, err error) {
	r.note("admitted %d %v", key, err)
	r.mu.Lock()
	r.born = bornAfter
	r.mu.Unlock()
	if r.onAdmitted != nil {
		r.onAdmitted(key, resp, err)
	}
}
