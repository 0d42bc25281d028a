package uplink

import (
	"fmt"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// What the contract allows in Welcome.
const (
	minLeaseTTL = 3_000 // milliseconds
	maxLeaseTTL = 60_000
	minCredit   = 256
)

// welcome opens the stream. The sessions hear the verdicts before anything of them is sent, and the
// snapshot is taken before later events: the app can play them on top of it.
func (s *Stream[K]) welcome(now time.Time, w *pb.Welcome) error {
	if err := s.check(w); err != nil {
		return err
	}
	ttl := time.Duration(w.LeaseTtlMs) * time.Millisecond
	s.outbox.grant(w.Credit)
	s.handler.Welcomed(now, w)
	// The verdicts are younger than Hello, so the leases run at least from its sending.
	s.handler.LeasesRunUntil(now, s.born().Add(ttl))
	snapshot := s.handler.Snapshot()
	s.mu.Lock()
	s.leaseTTL, s.snapshot = ttl, snapshot
	s.pulse.alive(now, s.pulse.born)
	s.mu.Unlock()
	s.outbox.start()
	s.admissions.open()
	return nil
}

func (s *Stream[K]) check(w *pb.Welcome) error {
	switch {
	case s.Welcomed():
		return &BreachError{"a second Welcome"}
	case w.LeaseTtlMs < minLeaseTTL || w.LeaseTtlMs > maxLeaseTTL:
		return &BreachError{fmt.Sprintf("Welcome.lease_ttl_ms is %d, not %d to %d",
			w.LeaseTtlMs, minLeaseTTL, maxLeaseTTL)}
	case w.Credit < minCredit:
		return &BreachError{fmt.Sprintf("Welcome.credit is %d, below %d", w.Credit, minCredit)}
	}
	return nil
}
