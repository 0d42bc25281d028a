package link

import (
	"encoding/binary"
	"time"

	"mercury-driver/cvendor/scp"
)

// The Append functions add one whole frame to b and return it. They allocate only when b must grow.
// Texts longer than MaxText and lines longer than scp.MaxLine make a frame that the other end refuses.

// AppendHello adds a controller's first frame: its clock in UTC nanoseconds, and who it is.
func AppendHello(b []byte, clock int64, id *scp.Identity) []byte {
	b, start := begin(b, Hello)
	b = varint(append(b, Version), clock)
	b = uvarint(b, id.Serial)
	b = text(text(text(b, id.MAC), id.Model), id.Firmware)
	for _, n := range [...]uint32{id.Readers, id.Doors, id.Inputs, id.Outputs, id.Cards, id.LogCapacity, id.LogEpoch} {
		b = uvarint(b, n)
	}
	return end(uvarint(uvarint(b, id.Oldest), id.Newest), start)
}

// AppendWelcome adds the library's answer to a Hello. The interval is rounded to milliseconds.
func AppendWelcome(b []byte, pollEvery time.Duration) []byte {
	b, start := begin(b, Welcome)
	return end(uvarint(b, uint32(pollEvery.Milliseconds())), start)
}

// AppendPoll adds the library's question whether the controller is there.
func AppendPoll(b []byte) []byte { return end(begin(b, Poll)) }

// AppendAnswer adds the controller's answer to a Poll.
func AppendAnswer(b []byte) []byte { return end(begin(b, Answer)) }

// AppendCommand adds a command: its tag, from 1, and its ASCII line.
func AppendCommand(b []byte, tag uint32, line string) []byte {
	b, start := begin(b, Command)
	return end(append(uvarint(b, tag), line...), start)
}

// AppendMessage adds what a controller reports after its Hello: a CommandReply, a LogStatus or
// LogNearFull, or a transaction.
func AppendMessage(b []byte, m *scp.Message) []byte {
	switch m.Kind {
	case scp.CommandReply:
		return appendReply(b, m)
	case scp.LogStatus, scp.LogNearFull:
		return appendLog(b, m)
	default:
		return appendTransaction(b, m)
	}
}

func appendReply(b []byte, m *scp.Message) []byte {
	b, start := begin(b, Reply)
	b = uvarint(varint(b, m.Time), m.Tag)
	b = varint(varint(b, int64(m.Result)), int64(m.NAK))
	return end(text(b, m.Text), start)
}

func appendLog(b []byte, m *scp.Message) []byte {
	b, start := begin(b, Log)
	b = varint(varint(b, int64(m.Kind)), m.Time)
	b = uvarint(uvarint(b, m.Log.Capacity), m.Log.Unread)
	return end(uvarint(b, m.Log.Overwritten), start)
}

// appendTransaction writes every field whatever the kind: a zero costs one byte, and a new kind costs
// no code.
func appendTransaction(b []byte, m *scp.Message) []byte {
	b, start := begin(b, Transaction)
	b = varint(varint(b, int64(m.Kind)), m.Time)
	b = uvarint(uvarint(b, m.LogEpoch), m.Index)
	b = uvarint(uvarint(uvarint(b, m.Reader), m.Door), m.Card)
	b = varint(uvarint(uvarint(b, m.Bits), m.Request), m.Deadline)
	b = flag(uvarint(b, m.Number), m.Active)
	return end(uvarint(varint(b, int64(m.Value)), m.Percent), start)
}

// begin adds the head of a frame whose length end fills in.
func begin(b []byte, t Type) (frame []byte, start int) {
	return append(b, 0, 0, byte(t)), len(b)
}

func end(b []byte, start int) []byte {
	binary.BigEndian.PutUint16(b[start:], uint16(len(b)-start-head))
	return b
}

func uvarint[T ~uint32 | ~uint64](b []byte, n T) []byte {
	return binary.AppendUvarint(b, uint64(n))
}

func varint(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

func text(b []byte, s string) []byte { return append(uvarint(b, uint64(len(s))), s...) }

func flag(b []byte, on bool) []byte {
	if on {
		return append(b, 1)
	}
	return append(b, 0)
}
