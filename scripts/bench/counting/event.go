package counting

import "google.golang.org/protobuf/encoding/protowire"

// event is what is counted of one. To decode all of it would cost more than all else here.
type event struct {
	serial, index uint64
	logEpoch      uint32
	panelTime     int64
	bytes         []byte // the whole event, encoded
}

// Numbers of the contract's fields.
const (
	batchEvents = 1 // of EventBatch

	eventSerial    = 1 // of Event
	eventLogEpoch  = 2
	eventIndex     = 3
	eventPanelTime = 5
)

func readEvent(b []byte) (event, error) {
	ev := event{bytes: b}
	for len(b) > 0 {
		f, length := readField(b)
		if length < 0 {
			return event{}, protowire.ParseError(length)
		}
		switch b = b[length:]; f.number {
		case eventSerial:
			ev.serial = f.varint
		case eventLogEpoch:
			ev.logEpoch = uint32(f.varint)
		case eventIndex:
			ev.index = f.varint
		case eventPanelTime:
			ev.panelTime = int64(f.varint)
		}
	}
	return ev, nil
}

// field is one of an encoded message's. It has a varint, or bytes, or, where it is of another type, neither.
type field struct {
	number protowire.Number
	varint uint64
	bytes  []byte
}

// readField returns the first field of a message and its length, which is negative, for protowire.ParseError, when there
// is none.
func readField(b []byte) (f field, length int) {
	tag, n := readVarint(b)
	if n < 0 {
		return f, n
	}
	number, kind := protowire.DecodeTag(tag)
	f.number = number
	var m int
	switch kind {
	case protowire.VarintType:
		f.varint, m = readVarint(b[n:])
	case protowire.BytesType:
		f.bytes, m = protowire.ConsumeBytes(b[n:])
	default:
		m = protowire.ConsumeFieldValue(number, kind, b[n:])
	}
	if m < 0 {
		return f, m
	}
	return f, n + m
}

// readVarint is protowire.ConsumeVarint; most are of one byte.
func readVarint(b []byte) (v uint64, length int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return protowire.ConsumeVarint(b)
}
