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

// cutField takes the first field off an encoded EventBatch. It is an event, or else, as bytes are nil, one that is not
// known.
func cutField(batch []byte) (bytes, rest []byte, err error) {
	number, kind, n := protowire.ConsumeTag(batch)
	if n < 0 {
		return nil, nil, protowire.ParseError(n)
	}
	rest = batch[n:]
	if number == batchEvents && kind == protowire.BytesType {
		bytes, n = protowire.ConsumeBytes(rest)
	} else {
		n = protowire.ConsumeFieldValue(number, kind, rest)
	}
	if n < 0 {
		return nil, nil, protowire.ParseError(n)
	}
	return bytes, rest[n:], nil
}

func readEvent(encoded []byte) (event, error) {
	ev := event{bytes: encoded}
	for b := encoded; len(b) > 0; {
		var n int
		if tag := b[0]; tag < 0x80 && protowire.Type(tag&7) == protowire.VarintType { // as is all that is counted
			var value uint64
			if value, n = protowire.ConsumeVarint(b[1:]); n >= 0 {
				ev.set(tag>>3, value)
				n++
			}
		} else {
			_, _, n = protowire.ConsumeField(b)
		}
		if n < 0 {
			return event{}, protowire.ParseError(n)
		}
		b = b[n:]
	}
	return ev, nil
}

func (ev *event) set(number byte, value uint64) {
	switch number {
	case eventSerial:
		ev.serial = value
	case eventLogEpoch:
		ev.logEpoch = uint32(value)
	case eventIndex:
		ev.index = value
	case eventPanelTime:
		ev.panelTime = int64(value)
	}
}
