package encoded

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

const newestKind = scp.FirmwareProgress

// inGeneratedTypes is what Transaction has to encode.
func inGeneratedTypes(m *scp.Message, r Receipt) *pb.Event {
	ev := &pb.Event{Serial: r.Serial, LogEpoch: m.LogEpoch, Index: m.Index, PanelTimeNs: m.Time, ReceivedNs: r.ReceivedNs,
		Backlog: r.Backlog, LeaseEpoch: r.LeaseEpoch}
	switch m.Kind {
	case scp.PanelBoot:
		ev.Body = &pb.Event_PanelBoot{PanelBoot: &pb.PanelBoot{Cause: pb.BootCause(m.Value)}}
	case scp.AccessGranted:
		ev.Body = &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{Reader: m.Reader, Door: m.Door, Card: m.Card}}
	case scp.AccessDenied:
		ev.Body = &pb.Event_AccessDenied{AccessDenied: &pb.AccessDenied{Reader: m.Reader, Door: m.Door, Card: m.Card,
			Reason: pb.DenyReason(m.Value)}}
	case scp.UnknownCredential:
		ev.Body = &pb.Event_UnknownCredential{UnknownCredential: &pb.UnknownCredential{Reader: m.Reader, Door: m.Door,
			Card: m.Card, Bits: m.Bits}}
	case scp.Duress:
		ev.Body = &pb.Event_Duress{Duress: &pb.Duress{Reader: m.Reader, Door: m.Door, Card: m.Card}}
	case scp.HostDecisionRequest:
		ev.Body = &pb.Event_HostDecisionRequest{HostDecisionRequest: &pb.HostDecisionRequest{Reader: m.Reader, Door: m.Door,
			Card: m.Card, Request: m.Request, DeadlineNs: m.Deadline}}
	case scp.DoorPosition:
		ev.Body = &pb.Event_DoorPosition{DoorPosition: &pb.DoorPosition{Door: m.Number, Open: m.Active}}
	case scp.DoorForced:
		ev.Body = &pb.Event_DoorForced{DoorForced: &pb.DoorForced{Door: m.Number, Active: m.Active}}
	case scp.DoorHeld:
		ev.Body = &pb.Event_DoorHeld{DoorHeld: &pb.DoorHeld{Door: m.Number, Active: m.Active}}
	case scp.ExitRequest:
		ev.Body = &pb.Event_ExitRequest{ExitRequest: &pb.ExitRequest{Door: m.Number}}
	case scp.InputChange:
		ev.Body = &pb.Event_InputChange{InputChange: &pb.InputChange{Input: m.Number, State: pb.InputState(m.Value)}}
	case scp.OutputChange:
		ev.Body = &pb.Event_OutputChange{OutputChange: &pb.OutputChange{Output: m.Number, On: m.Active}}
	case scp.ModuleComm:
		ev.Body = &pb.Event_ModuleComm{ModuleComm: &pb.ModuleComm{Module: m.Number, Online: m.Active}}
	case scp.Tamper:
		ev.Body = &pb.Event_Tamper{Tamper: &pb.Tamper{Module: m.Number, Active: m.Active}}
	case scp.Power:
		ev.Body = &pb.Event_Power{Power: &pb.Power{Source: pb.PowerSource(m.Value), Ok: m.Active}}
	case scp.ModeChange:
		ev.Body = &pb.Event_ModeChange{ModeChange: &pb.ModeChange{Door: m.Number, Mode: pb.DoorMode(m.Value)}}
	case scp.FirmwareProgress:
		ev.Body = &pb.Event_FirmwareProgress{FirmwareProgress: &pb.FirmwareProgress{Phase: pb.FirmwarePhase(m.Value),
			Percent: m.Percent}}
	default:
		ev.Body = &pb.Event_UnknownTransaction{UnknownTransaction: &pb.UnknownTransaction{Kind: uint32(m.Kind)}}
	}
	return ev
}

// check compares the bytes with those of the generated types, which must read them as well.
func check(t *testing.T, m *scp.Message, r Receipt) {
	t.Helper()
	want := inGeneratedTypes(m, r)
	ev := Transaction(m, r)
	got := ev.Append(nil)
	if bytes, err := proto.Marshal(want); err != nil || string(got) != string(bytes) {
		t.Fatalf("%v is encoded as\n%x, the generated types have\n%x, %v", want, got, bytes, err)
	}
	read := new(pb.Event)
	if err := proto.Unmarshal(got, read); err != nil || !proto.Equal(read, want) {
		t.Fatalf("%v was read as %v, %v", want, read, err)
	}
	if ev.Serial != want.Serial || ev.Index != want.Index || ev.LogEpoch != want.LogEpoch || ev.Backlog != want.Backlog {
		t.Fatalf("%v is known as %+v", want, ev)
	}
}

func TestTransactionsAreWhatTheGeneratedTypesEncode(t *testing.T) {
	full := scp.Message{Time: -1, LogEpoch: math.MaxUint32, Index: math.MaxUint64, Reader: math.MaxUint32, Door: math.MaxUint32,
		Card: math.MaxUint64, Bits: math.MaxUint32, Request: math.MaxUint32, Deadline: -1, Number: math.MaxUint32, Active: true,
		Value: -1, Percent: math.MaxUint32}
	usual := scp.Message{Time: 1_800_000_000_000_000_000, LogEpoch: 1, Index: 4711, Reader: 1, Door: 2, Card: 10_004_711, Bits: 26,
		Request: 300, Deadline: 1_800_000_005_000_000_000, Number: 3, Active: true, Value: 2, Percent: 50}
	for name, c := range map[string]struct {
		message scp.Message
		receipt Receipt
	}{
		"nothing": {},
		"usual":   {usual, Receipt{61364, 1_800_000_000_000_000_001, false, 1_800_000_000_000}},
		"most":    {full, Receipt{math.MaxUint64, -1, true, math.MaxUint64}},
	} {
		t.Run(name, func(t *testing.T) {
			for kind := scp.PanelBoot; kind <= newestKind+1; kind++ {
				c.message.Kind = kind
				check(t, &c.message, c.receipt)
			}
			c.message.Kind = math.MaxInt32
			check(t, &c.message, c.receipt)
		})
	}
}

func FuzzTransaction(f *testing.F) {
	f.Add(int32(scp.AccessDenied), int64(1), uint32(1), uint64(1), uint32(1), uint32(1), uint64(1), uint32(1), uint32(1), int64(1),
		uint32(1), true, int32(1), uint32(1), uint64(1), int64(1), false, uint64(1))
	f.Fuzz(func(t *testing.T, kind int32, time int64, epoch uint32, index uint64, reader, door uint32, card uint64,
		bits, request uint32, deadline int64, number uint32, active bool, value int32, percent uint32,
		serial uint64, received int64, backlog bool, lease uint64) {
		check(t, &scp.Message{Kind: scp.Kind(kind), Time: time, LogEpoch: epoch, Index: index, Reader: reader, Door: door,
			Card: card, Bits: bits, Request: request, Deadline: deadline, Number: number, Active: active, Value: value,
			Percent: percent}, Receipt{serial, received, backlog, lease})
	})
}

// A kind of transaction that is new in the contract must not be sent as an unknown one.
func TestAllBodiesOfTransactionsAreKnown(t *testing.T) {
	made := map[protoreflect.FieldNumber]bool{}
	for kind := scp.PanelBoot; kind <= newestKind+1; kind++ {
		number, _ := bodyOf(&scp.Message{Kind: kind})
		made[number] = true
	}
	const firstBody = 40 // of a controller's log
	fields := new(pb.Event).ProtoReflect().Descriptor().Oneofs().ByName("body").Fields()
	for i := range fields.Len() {
		if body := fields.Get(i); body.Number() >= firstBody && !made[body.Number()] {
			t.Errorf("no kind of transaction is encoded as %s", body.Name())
		}
	}
}

func TestTransactionsCostNoMemory(t *testing.T) {
	m, batch := &scp.Message{Kind: scp.AccessGranted, Index: 1, Card: 1}, new(Batch)
	if n := testing.AllocsPerRun(100, func() {
		batch.Reset()
		ev := Transaction(m, Receipt{Serial: 1})
		batch.Add(&ev)
	}); n > 0 {
		t.Errorf("%v allocations for a transaction", n)
	}
}

var sent []byte

func BenchmarkTransaction(b *testing.B) {
	m := &scp.Message{Kind: scp.AccessGranted, Time: 1_800_000_000_000_000_000, LogEpoch: 1, Index: 4711, Reader: 1, Door: 1, Card: 10_004_711}
	r := Receipt{61364, 1_800_000_000_000_000_000, false, 1_800_000_000_000}
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			ev := Transaction(m, r)
			sent = ev.Append(sent[:0])
		}
	})
	b.Run("generated types", func(b *testing.B) {
		for b.Loop() {
			sent, _ = proto.MarshalOptions{}.MarshalAppend(sent[:0], inGeneratedTypes(m, r))
		}
	})
}
