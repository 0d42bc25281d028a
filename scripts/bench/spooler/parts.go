package main

import (
	"sync/atomic"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// sessions hear of each write, and count them.
type sessions struct {
	writes atomic.Int64
	wrote  chan struct{} // holds one
}

func (s *sessions) Spooled(time.Time, []*pb.LogPosition) {
	s.writes.Add(1)
	select {
	case s.wrote <- struct{}{}:
	default:
	}
}

// away is the outbox while there is no stream: it has nothing and takes nothing.
type away struct{}

func (away) Up() bool                                                               { return false }
func (away) Withdraw(func(*encoded.Event) bool) ([]encoded.Event, bool)             { return nil, true }
func (away) Offer(encoded.Event) bool                                               { return false }
func (away) Burst() func()                                                          { return func() {} }
func (away) Free() int                                                              { return 0 }
func (away) Surplus() int                                                           { return 0 }
func (away) Oldest(uint64, func(*encoded.Event) bool) (ev encoded.Event, kept bool) { return ev, false }
func (away) Room() bool                                                             { return true }
func (away) Promise() bool                                                          { return true }
func (away) Unpromise()                                                             {}
func (away) Result(*pb.CommandResult)                                               {}
func (away) Answer(*pb.CommandResult)                                               {}
func (away) Return(_, _ uint64)                                                     {}

// logged is a card that was let in.
func logged(serial, index uint64) encoded.Event {
	const now = 1_800_000_000_000_000_000
	return encoded.Transaction(
		&scp.Message{Kind: scp.AccessGranted, LogEpoch: 1, Index: index, Time: now, Reader: 1, Door: 1, Card: 1_004_711},
		encoded.Receipt{Serial: serial, ReceivedNs: now, Backlog: true, LeaseEpoch: now / 1_000_000})
}
