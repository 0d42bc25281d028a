package encoded

import (
	"google.golang.org/protobuf/encoding/protowire"

	"mercury-driver/cvendor/scp"
)

// Receipt is what the driver knows of a transaction that it has received, beside what the library says of it. The fields
// are those of pb.Event.
type Receipt struct {
	Serial     uint64
	ReceivedNs int64
	Backlog    bool
	LeaseEpoch uint64
}

// The most bytes of a transaction. A field of a number below 16 is one byte and a varint; a varint of 32 bits has 5 bytes at most,
// one of 64 bits or of an enum has 10. The longest body is that of HostDecisionRequest.
const (
	most32 = 1 + 5
	most64 = 1 + 10

	maxTransaction = most64 + most32 + 4*most64 + (1 + 1) + // serial, log epoch, index to received and lease epoch, backlog
		(2 + 1) + 3*most32 + 2*most64 // head of the body; reader, door, request; card, deadline
)

// Transaction encodes an entry of a controller's log: fields in the order of their numbers, without those that are zero,
// as the generated types do it.
func Transaction(m *scp.Message, r Receipt) (e Event) {
	e.Serial, e.Index, e.LogEpoch, e.Backlog = r.Serial, m.Index, m.LogEpoch, r.Backlog
	b := e.bytes[:0]
	b = field(b, 1, r.Serial)
	b = field(b, 2, uint64(m.LogEpoch))
	b = field(b, 3, m.Index)
	b = field(b, 5, uint64(m.Time))
	b = field(b, 6, uint64(r.ReceivedNs))
	b = field(b, 7, flag(r.Backlog))
	b = field(b, 8, r.LeaseEpoch)
	b = body(b, m)
	e.size = uint8(len(b))
	return e
}

// field appends a varint, or nothing for a zero. The number is 1 to 15.
func field(b []byte, number int, value uint64) []byte {
	if value == 0 {
		return b
	}
	return protowire.AppendVarint(append(b, byte(number)<<3|byte(protowire.VarintType)), value)
}

func flag(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}

// body appends what happened. It is shorter than 128 bytes, so its length is one.
func body(b []byte, m *scp.Message) []byte {
	number, fields := bodyOf(m)
	b = append(protowire.AppendTag(b, number, protowire.BytesType), 0)
	start := len(b)
	for i, value := range fields {
		b = field(b, i+1, value)
	}
	b[start-1] = byte(len(b) - start)
	return b
}

// numbers are the fields of a body, from field 1 on: it has no others.
type numbers [5]uint64

// bodyOf is the number that a transaction's kind has among the bodies of pb.Event, and its fields. The numbers of the enums are the
// same on both sides.
func bodyOf(m *scp.Message) (protowire.Number, numbers) {
	reader, door, card := uint64(m.Reader), uint64(m.Door), m.Card
	point, active, value := uint64(m.Number), flag(m.Active), uint64(m.Value)
	switch m.Kind {
	case scp.PanelBoot:
		return 40, numbers{value}
	case scp.AccessGranted:
		return 41, numbers{reader, door, card}
	case scp.AccessDenied:
		return 42, numbers{reader, door, card, value}
	case scp.UnknownCredential:
		return 43, numbers{reader, door, card, uint64(m.Bits)}
	case scp.Duress:
		return 44, numbers{reader, door, card}
	case scp.HostDecisionRequest:
		return 45, numbers{reader, door, card, uint64(m.Request), uint64(m.Deadline)}
	case scp.DoorPosition:
		return 46, numbers{point, active}
	case scp.DoorForced:
		return 47, numbers{point, active}
	case scp.DoorHeld:
		return 48, numbers{point, active}
	case scp.ExitRequest:
		return 49, numbers{point}
	case scp.InputChange:
		return 50, numbers{point, value}
	case scp.OutputChange:
		return 51, numbers{point, active}
	case scp.ModuleComm:
		return 52, numbers{point, active}
	case scp.Tamper:
		return 53, numbers{point, active}
	case scp.Power:
		return 54, numbers{value, active}
	case scp.ModeChange:
		return 55, numbers{point, value}
	case scp.FirmwareProgress:
		return 56, numbers{value, uint64(m.Percent)}
	}
	return 57, numbers{uint64(uint32(m.Kind))}
}
