// Package desk is the protocol of the reference vendor app, without its carriers: who may serve
// which controller, which events are stored and which may be acknowledged, how a command ends.
//
// It is one state machine, stepped by one goroutine. It starts no goroutine and reads no clock: every
// step is told the time. What a step wants kept is collected, Commit makes it durable in the Store, and only
// then is anybody told: no acknowledgement, lease or command leaves before the row behind it is safe.
//
// It refuses to go on after a store that failed: Commit returns the error, nothing was told, and
// the desk is to be thrown away and built again from what the store holds.
package desk

import (
	"cmp"
	"log/slog"
	"slices"
	"time"
)

// Rules are what the vendor app decides for itself.
type Rules struct {
	// Who is admitted.
	Admission Admission
	// How long a lease runs from the last echoed heartbeat, 3 to 60 s.
	LeaseTTL time.Duration
	// Transactions that one driver may have sent and not seen acknowledged, at least 256.
	Credit uint32
}

// Desk is the vendor app's side of the contract. It is not safe for concurrent use.
type Desk struct {
	rules     Rules
	store     Store
	log       *slog.Logger
	leases    leases
	live      live
	macs      map[string]uint64 // the serial that a hardware address was seen with
	histories map[uint64]*history
	peers     map[string]*Peer
	orders    map[string]*order

	change  *Change
	touched map[logKey]bool // of these something was reported
	begun   map[uint64]bool // of these serials something was reported that lies behind a hole, or begins a log
	after   []func()
	err     error
}

// New builds a desk from what the store holds. Controllers that were online when the app ended are
// given one lease time for their process to come back.
func New(now time.Time, store Store, rules Rules, log *slog.Logger) (*Desk, error) {
	kept, err := store.Load()
	if err != nil {
		return nil, err
	}
	d := &Desk{
		rules: rules, store: store, log: log,
		leases:    newLeases(max(kept.LeaseFloor, uint64(max(0, now.UnixMilli()))), kept.Leases),
		live:      newLive(kept.Controllers),
		macs:      make(map[string]uint64),
		histories: make(map[uint64]*history),
		peers:     make(map[string]*Peer),
		orders:    make(map[string]*order),
	}
	d.begin(nil)
	for _, c := range kept.Controllers {
		d.sameMAC(c)
		if c.Online && d.peers[c.Instance] == nil {
			d.peers[c.Instance] = &Peer{instance: c.Instance, port: c.Port, heard: now}
		}
	}
	for _, o := range kept.Orders {
		d.orders[o.ID] = reopen(now, o)
	}
	return d, nil
}

// Commit makes durable what the steps since the last Commit wanted kept, and then tells everybody
// concerned. It may block for as long as the store does.
func (d *Desk) Commit() error {
	if d.err != nil {
		return d.err
	}
	d.closeLogs()
	if !d.change.empty() {
		if err := d.store.Commit(d.change); err != nil {
			d.err = err
			return err
		}
	}
	d.acknowledge()
	after := d.after
	clear(d.change.Events)
	d.begin(d.change.Events[:0])
	for _, tell := range after {
		tell()
	}
	return nil
}

// begin makes room for what the steps until the next Commit want kept; its events go where those before were.
func (d *Desk) begin(events []Record) {
	d.change = &Change{Events: events, Leases: make(map[uint64]Lease), Controllers: make(map[uint64]Controller)}
	d.touched, d.begun = make(map[logKey]bool), make(map[uint64]bool)
	d.after = nil
}

// then runs tell after the next Commit.
func (d *Desk) then(tell func()) { d.after = append(d.after, tell) }

// fail keeps the first fault of the store; the next Commit returns it.
func (d *Desk) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// matching is the keys of those that match, in order, so that the same history takes the same steps.
func matching[K cmp.Ordered, V any](all map[K]V, match func(K, V) bool) (keys []K) {
	for key, value := range all {
		if match(key, value) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
