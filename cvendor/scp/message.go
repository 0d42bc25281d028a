package scp

// Message is one message of the library, flat, so that an array of them is filled in one crossing and
// used again. Which fields count is said by Kind; all others are zero.
type Message struct {
	Kind Kind
	// SCP is the library's number of the controller, Attachment counts how often that number was
	// given out (from 1): together they name one attachment.
	SCP        int16
	Attachment uint32
	// Time in UTC nanoseconds: the controller's own clock, which may be wrong by anything.
	Time int64

	// Transactions: their name within the controller.
	LogEpoch uint32
	Index    uint64

	// Access kinds (AccessGranted ... HostDecisionRequest).
	Reader   uint32
	Door     uint32
	Card     uint64
	Bits     uint32 // UnknownCredential: length in bits
	Request  uint32 // HostDecisionRequest: its name
	Deadline int64  // HostDecisionRequest: UTC nanoseconds, the controller's clock

	// Point kinds (DoorPosition ... ModeChange): number of the door, input, output or module.
	Number uint32
	Active bool
	// Value: AccessDenied its reason; PanelBoot its cause; InputChange, Power, ModeChange their
	// state, source, mode; FirmwareProgress its phase. Numbers as in the header.
	Value int32
	// Percent of FirmwareProgress.
	Percent uint32

	// CommandReply.
	Tag    uint32
	Result Result
	NAK    NAK

	// Text: CommOnline the peer address, CommOffline the cause, CommandReply why it failed, CommRefused the peer and why.
	Text string
	// TLS version of the link at CommOnline, "" for plain text.
	TLS string

	// Identity is set for IdentityTold, Log for LogStatus and LogNearFull.
	Identity *Identity
	Log      LogFill
}

// Identity is what a controller tells about itself.
type Identity struct {
	Serial   uint64 // 1 to 2^63-1
	MAC      string // 12 lower-case hex digits, or ""
	Model    string
	Firmware string
	// What it has, and how many cards and transactions it can hold.
	Readers, Doors, Inputs, Outputs uint32
	Cards, LogCapacity              uint32
	// Its log: Oldest is Newest + 1 when it is empty.
	LogEpoch       uint32
	Oldest, Newest uint64
}

// LogFill is how full a controller's log is, in transactions.
type LogFill struct {
	Capacity, Unread uint32
	Overwritten      uint64
}
