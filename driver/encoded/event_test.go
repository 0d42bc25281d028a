package encoded

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func read(t *testing.T, b []byte) *pb.Event {
	t.Helper()
	ev := new(pb.Event)
	if err := proto.Unmarshal(b, ev); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	return ev
}

func TestMessagesLeaveAsTheyAre(t *testing.T) {
	for name, message := range map[string]*pb.Event{
		"empty": {},
		"gap":   {Serial: 7, LogEpoch: 2, Number: 9, Body: &pb.Event_Gap{Gap: &pb.Gap{First: 1, Last: 3}}},
		"transaction off the disk": {Serial: 7, LogEpoch: 2, Index: 5, Backlog: true, PanelTimeNs: 1,
			Body: &pb.Event_Duress{Duress: &pb.Duress{Card: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			ev := Of(message)
			if got := read(t, ev.Append(nil)); !proto.Equal(got, message) {
				t.Errorf("%v became %v", message, got)
			}
			if ev.Serial != message.Serial || ev.Index != message.Index || ev.LogEpoch != message.LogEpoch ||
				ev.Backlog != message.Backlog || ev.Gap() != message.GetGap() {
				t.Errorf("%v is known as %+v", message, ev)
			}
		})
	}
}

// A stream that can't say one event would break at it for ever.
func TestTextThatTheContractCantHave(t *testing.T) {
	message := &pb.Event{Serial: 7, Number: 9, ReceivedNs: 3, LeaseEpoch: 4, Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: "\xff"}}}
	ev := Of(message)
	want := proto.CloneOf(message)
	want.Body = nil
	const before = "before"
	got := ev.Append([]byte(before))
	if string(got[:len(before)]) != before || !proto.Equal(read(t, got[len(before):]), want) {
		t.Errorf("%v became %q", message, got)
	}
}

func TestBatch(t *testing.T) {
	message := &pb.Event{Serial: 7, Number: 9, Body: &pb.Event_Offline{Offline: &pb.Offline{Cause: "gone"}}}
	entry := &scp.Message{Kind: scp.ExitRequest, LogEpoch: 1, Index: 5, Number: 2}
	receipt := Receipt{Serial: 7, LeaseEpoch: 3}
	logged, seen := Transaction(entry, receipt), Of(message)
	batch := new(Batch)
	for range 2 { // its memory is used again
		batch.Reset()
		batch.Add(&logged)
		batch.Add(&seen)
		batch.Add(&logged)
		if batch.Len() != 3 {
			t.Errorf("%d events", batch.Len())
		}
		written, err := proto.Marshal(batch.Message())
		if err != nil {
			t.Fatal(err)
		}
		got, want := new(pb.EventBatch), &pb.EventBatch{Events: []*pb.Event{
			inGeneratedTypes(entry, receipt), message, inGeneratedTypes(entry, receipt)}}
		if err := proto.Unmarshal(written, got); err != nil || !proto.Equal(got, want) {
			t.Fatalf("%v became %v, %v", want, got, err)
		}
		if plain, err := proto.Marshal(want); err != nil || string(plain) != string(written) {
			t.Errorf("written as %x, and by the generated types as %x, %v", written, plain, err)
		}
	}
}
