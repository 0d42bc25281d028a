package command

import "sync/atomic"

type subscriptionCounts struct {
	up          atomic.Bool
	connections atomic.Uint64 // that worked
}

// stats is the numbers of the connection.
func (s *subscription) stats() Stats {
	s.mu.Lock()
	subscribed, pending := s.channels.count()
	s.mu.Unlock()
	return Stats{
		Up: s.counts.up.Load(), Reconnects: max(s.counts.connections.Load(), 1) - 1,
		Subscribed: subscribed, Pending: pending,
	}
}
