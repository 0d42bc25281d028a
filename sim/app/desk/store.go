package desk

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Store keeps what the app must not forget. Load, History and Known may be called between two commits and
// see what the last one stored. One goroutine calls it.
type Store interface {
	// Load gives what the desk must know from the start.
	Load() (Kept, error)
	// History gives what is stored of one controller's logs, by log epoch.
	History(serial uint64) (map[uint32]Log, error)
	// Known gives what is stored of a result and of its command.
	Known(*pb.CommandResult) (Known, error)
	// Commit stores all of a change or nothing of it, and returns when it is safe against a crash of
	// the app and of the machine. What is stored already under the same name stays as it is. The change is not
	// the store's any more then.
	Commit(*Change) error
}

// Kept is what a desk is built from.
type Kept struct {
	// LeaseFloor is below every lease epoch that this store gives out.
	LeaseFloor uint64
	// The newest lease of each serial.
	Leases      []Lease
	Controllers []Controller
	// Commands that have not ended.
	Orders []Order
}

// Log is what is stored of one log: runs of transactions, and reported gaps. A gap without an
// end has Last 0.
type Log struct {
	Stored []Run
	Gaps   []Run
	// As in CountedLog; 0: it was not counted.
	Lease uint64
}

// Known is what is stored of a result and of its command.
type Known struct {
	// This very result is stored: the same command, ended by the same process.
	Told bool
	// Of the command, as in Order; empty when the app was not asked for it.
	Kind        string
	RequestedBy string
}

// Change is what one commit stores, in this order.
type Change struct {
	Events  []Record
	Gaps    []Gap
	Results []*pb.CommandResult
	// By serial: the newest lease, and the newest live state.
	Leases      map[uint64]Lease
	Controllers map[uint64]Controller
	// Logs that were counted for the first time.
	Counted []CountedLog
	// Audit rows that begin, end, and learn of a result after their end.
	Opened []Order
	Ended  []Ending
	Late   []Ending
}

func (c *Change) empty() bool {
	return len(c.Events)+len(c.Gaps)+len(c.Results)+len(c.Leases)+len(c.Controllers)+
		len(c.Counted)+len(c.Opened)+len(c.Ended)+len(c.Late) == 0
}

// Record is one event as it is stored.
type Record struct {
	Serial uint64
	// Name of a transaction; Index 0 for what the driver saw. LogEpoch is counted by the app where
	// the driver's library has no log epochs.
	LogEpoch uint32
	Index    uint64
	// Name of a driver event; empty and 0 for a transaction.
	Instance string
	Number   uint64
	// Name of the body's field in the contract; "unknown" for one that it does not have.
	Kind string
	// UTC nanoseconds: the controller's clock, and the driver's.
	PanelTimeNS int64
	ReceivedNS  int64
	Backlog     bool
	LeaseEpoch  uint64
	// Begins says that the transaction before it was not stored when this one was: it begins a run.
	Begins bool
	// The body as JSON, with the names of the contract.
	Body string
}

// Gap is a reported hole in a log, named by (Serial, LogEpoch, First). Last 0: without end. A
// second report of the same gap may move its end up.
type Gap struct {
	Serial     uint64
	LogEpoch   uint32
	First      uint64
	Last       uint64
	Cause      pb.GapCause
	Instance   string
	Number     uint64
	ReceivedNS int64
	LeaseEpoch uint64
}

// Lease is the newest grant of a serial.
type Lease struct {
	Serial   uint64
	Epoch    uint64
	Instance string
	// Given back by its holder.
	Over bool
}

// Controller is the live state of a controller.
type Controller struct {
	Serial     uint64
	Instance   string
	Port       uint32
	LeaseEpoch uint64
	Online     bool
	// Redis has confirmed the subscription for its commands.
	CommandsReady bool
	Peer          string
	TLS           string
	Model         string
	Firmware      string
	MAC           string
	// Why it is offline.
	Cause   string
	SinceNS int64
}

// Order is a command as the audit has it.
type Order struct {
	ID          string
	Serial      uint64
	Kind        string
	Arguments   []byte // the action as JSON, without secrets
	RequestedBy string
	Route       string
	TTL         time.Duration
	LeaseEpoch  uint64 // 0: none was named
	CreatedNS   int64
}

// Ending is a result as the audit has it. Its instance is empty when the app ended the command itself.
type Ending struct {
	*pb.CommandResult
	// By the app's clock, UTC nanoseconds.
	AtNS int64
}
