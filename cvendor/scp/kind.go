package scp

import "fmt"

// Kind is a kind of message (SCP_* in scp_net.h).
type Kind int32

// Messages of the link and the library.
const (
	CommOnline   Kind = 1
	CommOffline  Kind = 2
	IdentityTold Kind = 3
	LogStatus    Kind = 4
	LogNearFull  Kind = 5
	CommandReply Kind = 6
	CommRefused  Kind = 7
)

// Transactions: entries of a controller's log.
const (
	PanelBoot           Kind = 20
	AccessGranted       Kind = 21
	AccessDenied        Kind = 22
	UnknownCredential   Kind = 23
	Duress              Kind = 24
	HostDecisionRequest Kind = 25
	DoorPosition        Kind = 26
	DoorForced          Kind = 27
	DoorHeld            Kind = 28
	ExitRequest         Kind = 29
	InputChange         Kind = 30
	OutputChange        Kind = 31
	ModuleComm          Kind = 32
	Tamper              Kind = 33
	Power               Kind = 34
	ModeChange          Kind = 35
	FirmwareProgress    Kind = 36
)

const firstTransaction = 20

// Transaction reports whether messages of this kind are entries of a controller's log. Kinds that
// are newer than this list count as transactions too, so that none of them is lost.
func (k Kind) Transaction() bool { return k >= firstTransaction }

var kindNames = map[Kind]string{
	CommOnline: "comm_online", CommOffline: "comm_offline", IdentityTold: "identity",
	LogStatus: "log_status", LogNearFull: "log_near_full", CommandReply: "command_reply", CommRefused: "comm_refused",
	PanelBoot: "panel_boot", AccessGranted: "access_granted", AccessDenied: "access_denied",
	UnknownCredential: "unknown_credential", Duress: "duress",
	HostDecisionRequest: "host_decision_request", DoorPosition: "door_position",
	DoorForced: "door_forced", DoorHeld: "door_held", ExitRequest: "exit_request",
	InputChange: "input_change", OutputChange: "output_change", ModuleComm: "module_comm",
	Tamper: "tamper", Power: "power", ModeChange: "mode_change",
	FirmwareProgress: "firmware_progress",
}

func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind_%d", int32(k))
}

// Result is how a controller answered a command (SCP_REPLY_*).
type Result int32

// What a controller may answer.
const (
	ReplyOK     Result = 1
	ReplyNAK    Result = 2
	ReplyFailed Result = 3
)

// NAK is why a controller said no (SCP_NAK_*).
type NAK int32

// The reasons.
const (
	NAKUnspecified    NAK = 0
	NAKUnknownCommand NAK = 1
	NAKBadArgument    NAK = 2
	NAKNoSuchPoint    NAK = 3
	NAKBusy           NAK = 4
	NAKFull           NAK = 5
	NAKTooLate        NAK = 6
	NAKWrongEpoch     NAK = 7
)

var nakNames = [...]string{"no reason given", "unknown command", "value out of range",
	"no such point or card", "busy", "full", "too late", "another log epoch"}

func (n NAK) String() string {
	if n >= 0 && int(n) < len(nakNames) {
		return nakNames[n]
	}
	return fmt.Sprintf("reason %d", int32(n))
}
