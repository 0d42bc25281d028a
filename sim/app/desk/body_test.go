package desk

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// TestBodiesAreThoseOfProtojson: what is put in JSON here is what protojson makes of it, for every kind, empty and with
// the greatest and the smallest values that fit.
func TestBodiesAreThoseOfProtojson(t *testing.T) {
	for i := range eventBody.Fields().Len() {
		field := eventBody.Fields().Get(i)
		t.Run(string(field.Name()), func(t *testing.T) {
			for _, value := range []int64{0, 1, math.MaxInt64, math.MinInt64} {
				ev := &pb.Event{}
				body := ev.ProtoReflect().Mutable(field).Message()
				fill(body, value)
				kind, got := encode(ev)
				want, err := bodyJSON.Marshal(body.Interface())
				if err != nil {
					t.Fatal(err)
				}
				if kind != string(field.Name()) || !reflect.DeepEqual(parsed(t, got), parsed(t, string(want))) {
					t.Errorf("%s %s, want %s", kind, got, want)
				}
			}
		})
	}
}

// TestTransactionsAreFlat: the quick way is there for all that comes by the thousand.
func TestTransactionsAreFlat(t *testing.T) {
	const firstTransaction = 40
	for i := range eventBody.Fields().Len() {
		field := eventBody.Fields().Get(i)
		ev := &pb.Event{}
		ev.ProtoReflect().Mutable(field)
		if kinds[reflect.TypeOf(ev.Body)].flat == nil && field.Number() >= firstTransaction {
			t.Errorf("%s is left to protojson", field.Name())
		}
	}
}

// fill gives every field of a message that value, cut to what it has room for.
func fill(m protoreflect.Message, value int64) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		switch f := fields.Get(i); f.Kind() {
		case protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(value != 0))
		case protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(protoreflect.EnumNumber(value)))
		case protoreflect.Int32Kind:
			m.Set(f, protoreflect.ValueOfInt32(int32(value)))
		case protoreflect.Uint32Kind:
			m.Set(f, protoreflect.ValueOfUint32(uint32(value)))
		case protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(value))
		case protoreflect.Uint64Kind:
			m.Set(f, protoreflect.ValueOfUint64(uint64(value)))
		case protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString("\"<\x00ü"))
		}
	}
}

func parsed(t *testing.T, text string) (value map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func BenchmarkBody(b *testing.B) {
	ev := &pb.Event{Body: &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{Reader: 1, Door: 2, Card: 1_004_711}}}
	b.ReportAllocs()
	for b.Loop() {
		encode(ev)
	}
}
