package main

import (
	"slices"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// received is a ConnectRequest. Of a batch of events only the bytes are taken, valid until the next message.
type received struct {
	batch   []byte // an encoded EventBatch, else nil
	message *pb.ConnectRequest
	buffer  []byte
}

// codec is gRPC's own, but for what is received.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(proto.Name)} }

// fieldEvents is the number of ConnectRequest.events.
const fieldEvents = 2

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	r, ok := v.(*received)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	r.buffer = slices.Grow(r.buffer[:0], data.Len())[:data.Len()]
	data.CopyTo(r.buffer)
	r.batch, r.message = nil, nil
	if number, _, n := protowire.ConsumeTag(r.buffer); number == fieldEvents {
		if batch, m := protowire.ConsumeBytes(r.buffer[n:]); n+m == len(r.buffer) {
			r.batch = batch
			return nil
		}
	}
	r.message = new(pb.ConnectRequest)
	return c.CodecV2.Unmarshal(data, r.message)
}
