package controller

import (
	"sync/atomic"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Counts is what the sessions of a table did since the process started, and how many stand where. Read
// at any time.
type Counts struct {
	Leased      atomic.Int64 // sessions that are served now
	Quarantined atomic.Int64 // controllers that are connected and not to be served now
	Open        atomic.Int64 // sequences: commands posted and not answered now
	Known       atomic.Int64 // commands that are remembered by their ids now

	Forwarded atomic.Uint64 // transactions handed on
	Repeats   atomic.Uint64 // transactions dropped: seen before, or to be fetched again
	Gaps      atomic.Uint64 // gap events
	Unkept    atomic.Uint64 // transactions lost, as nobody could keep them
	Stalls    atomic.Uint64 // times a session had to leave transactions in its controller
	Fences    atomic.Uint64 // leases revoked
	SentAway  atomic.Uint64 // controllers refused, by the vendor app or because the quarantine was full
	Strays    atomic.Uint64 // messages that belonged to nothing
	Refused   atomic.Uint64 // connections that the library did not let in
	Twins     atomic.Uint64 // controllers that told a MAC or a serial number of another one

	Outcomes     [int(pb.Outcome_OUTCOME_UNKNOWN) + 1]atomic.Uint64 // commands ended, by outcome
	NotOurs      atomic.Uint64                                      // commands for another holder
	RepeatedIDs  atomic.Uint64                                      // commands whose id was known
	ClaimsLost   atomic.Uint64                                      // won by another process
	ClaimsFailed atomic.Uint64                                      // Redis could not be asked
	Malformed    atomic.Uint64                                      // commands without a valid id
	Dropped      atomic.Uint64                                      // commands over the bounds of claims and of ids
}

func (c *Counts) ended(o pb.Outcome) { c.Outcomes[o].Add(1) }

// Counts gives the table's counters, live.
func (t *Table) Counts() *Counts { return &t.counts }

// Attached is how many controllers have a link, identified or not.
func (t *Table) Attached() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bySCP.taken
}
