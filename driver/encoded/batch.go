package encoded

import (
	"google.golang.org/protobuf/encoding/protowire"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Batch is events as pb.EventBatch has them, one behind the other. Its memory is used again after Reset.
type Batch struct {
	bytes []byte
	count int
}

// Len is how many events it has.
func (b *Batch) Len() int { return b.count }

// Reset makes it empty. What Message returned is void then.
func (b *Batch) Reset() { b.bytes, b.count = b.bytes[:0], 0 }

// Add appends an event, and keeps nothing of it.
func (b *Batch) Add(e *Event) {
	b.bytes = protowire.AppendTag(b.bytes, 1, protowire.BytesType) // EventBatch.events
	if e.Message == nil {
		b.bytes = protowire.AppendBytes(b.bytes, e.bytes[:e.size])
	} else {
		b.bytes = protowire.AppendBytes(b.bytes, e.Append(nil))
	}
	b.count++
}

// Message is the batch for the stream, valid until Reset. Protobuf writes the fields that a message does not know
// as they are; that is where its events stand. Who wants to look at them must read what was written.
func (b *Batch) Message() *pb.EventBatch {
	message := new(pb.EventBatch)
	message.ProtoReflect().SetUnknown(b.bytes)
	return message
}
