// Package encoded has the events for the vendor app in the form in which they wait and leave: a transaction is put into
// the bytes of the contract once, when the library has said it, and those bytes go on the stream and to disk. There may be
// millions a second, and to make a message of the generated types of each, to encode it, and to collect it as garbage was
// most of what one cost.
//
// It refuses to be a second contract: its bytes are what the generated types would write, and they read them.
//
// An Event is a value that holds its own bytes. Whoever keeps one keeps a copy, so there is nothing to share and nothing to
// give back.
package encoded

import (
	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Event is one event on its way to the vendor app, and what the driver must know of it there. The fields that
// have the names of those of pb.Event are its fields.
type Event struct {
	Serial   uint64
	Index    uint64 // 0 where it is no transaction
	LogEpoch uint32
	Backlog  bool
	Spooled  bool // a spool hands it on: it comes out of the part of the credit that spools may use

	size  uint8 // of the bytes; 0 where there is a message
	bytes [maxTransaction]byte

	// Message is what is to be encoded when the event leaves; nil where that was done. Number may be set until then.
	Message *pb.Event
}

// Of is any event, which is kept as the message that it is. It is for what is rare.
func Of(ev *pb.Event) Event {
	return Event{Serial: ev.Serial, Index: ev.Index, LogEpoch: ev.LogEpoch, Backlog: ev.Backlog, Message: ev}
}

// Gap is the body of a gap, else nil.
func (e *Event) Gap() *pb.Gap { return e.Message.GetGap() }

// Append appends the event as the contract has it. Of a message with text that is not UTF-8, which the contract can't
// have, the body is left out: the vendor app stores and acknowledges such an event under its name.
func (e *Event) Append(b []byte) []byte {
	if e.Message == nil {
		return append(b, e.bytes[:e.size]...)
	}
	whole, err := proto.MarshalOptions{}.MarshalAppend(b, e.Message)
	if err != nil {
		whole, _ = proto.MarshalOptions{}.MarshalAppend(b, bodiless(e.Message)) // all that is left is numbers
	}
	return whole
}

func bodiless(ev *pb.Event) *pb.Event {
	return &pb.Event{Serial: ev.Serial, LogEpoch: ev.LogEpoch, Index: ev.Index, Number: ev.Number,
		PanelTimeNs: ev.PanelTimeNs, ReceivedNs: ev.ReceivedNs, Backlog: ev.Backlog, LeaseEpoch: ev.LeaseEpoch}
}
