// Package oracle judges a simulated run of the whole system. It is told what truly happens at every boundary, in
// true time: what panels log and do, what the vendor app's database holds, what goes over the wires. It knows every
// transaction and every command, and says when a promise of the driver or of the app is broken.
//
// It shares no code with what it judges, and refuses to know how any of it works: a promise is checked from what
// was said and done.
package oracle

import (
	"fmt"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// World is what the oracle can ask of the simulation.
type World interface {
	// Now is the true time since the beginning.
	Now() time.Duration
	// Holds is what a panel's log holds now: its epoch, oldest and newest index.
	Holds(serial uint64) (epoch uint32, oldest, newest uint64)
	// Stood is how long a process, or a library call of it, stood still between two moments.
	Stood(instance string, from, until time.Duration) time.Duration
	// Lives reports whether a process was not killed.
	Lives(instance string) bool
	// Spools reports whether the processes have a spool.
	Spools() bool
}

// Oracle judges one run. Its methods are called as things happen.
type Oracle struct {
	world  World
	faults []string

	transactions transactions
	commands     commands
	leases       map[string]*lessee // by instance
	orders       map[to]*order
	ends         map[said]*pb.CommandResult
	told         map[logID]uint64 // up to where a panel knows its log to be stored
}

// New makes an oracle that has seen nothing yet.
func New(world World) *Oracle {
	return &Oracle{world: world, transactions: newTransactions(), commands: newCommands(), leases: map[string]*lessee{},
		orders: map[to]*order{}, ends: map[said]*pb.CommandResult{}, told: map[logID]uint64{}}
}

// Fault notes that something is wrong.
func (o *Oracle) Fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

// Faults are what is wrong so far, in words.
func (o *Oracle) Faults() []string { return o.faults }
