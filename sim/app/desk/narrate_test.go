package desk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// Every field of every command and event is told under a name of its own, beside those of slog.
// Broken once on purpose: with a time_ns told as time, set-time fails here.
func TestNoNameStandsTwiceInALine(t *testing.T) {
	r := newRig(t)
	s := r.connect("a")
	s.admit(1, 1, 1, 0)
	actions := (&pb.Command{}).ProtoReflect().Descriptor().Oneofs().ByName("action").Fields()
	for i := range actions.Len() {
		c := &pb.Command{RequestedBy: "ada"}
		fill(c.ProtoReflect(), actions.Get(i))
		r.ask(fmt.Sprint("c", i), c, appv1.Route_ROUTE_CLAIM)
	}
	bodies := (&pb.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("body").Fields()
	for i := range bodies.Len() {
		ev := &pb.Event{Serial: 1, LogEpoch: 1, Index: uint64(i + 1)}
		fill(ev.ProtoReflect(), bodies.Get(i))
		s.report(ev)
	}
	if told := strings.Count(r.said.String(), "\n"); told < actions.Len()+bodies.Len()/2 {
		t.Fatalf("%d lines only:\n%s", told, r.said.String())
	}
	for line := range strings.Lines(r.said.String()) {
		if name := twice(t, line); name != "" {
			t.Errorf("%s stands twice in %s", name, line)
		}
	}
}

// People name doors by their numbers; the contract has a bit for each.
func TestDoorsOfACardAreNumbered(t *testing.T) {
	r := newRig(t)
	r.ask("c1", &pb.Command{Action: &pb.Command_PutCard{PutCard: &pb.PutCard{Card: 7, Doors: 1<<63 | 5}}}, appv1.Route_ROUTE_CLAIM)
	if !strings.Contains(r.said.String(), `"doors":"1,3,64"`) {
		t.Errorf("told %s", r.said.String())
	}
	got, err := desk.StoredArguments("put_card", []byte(`{"card":"7","doors":"3"}`))
	if err != nil || fmt.Sprint(got) != "[card 7 doors 1,2]" {
		t.Errorf("stored %v, %v", got, err)
	}
}

// fill sets a field of m to a message none of whose own fields is empty.
func fill(m protoreflect.Message, field protoreflect.FieldDescriptor) {
	inner := m.Mutable(field).Message()
	fields := inner.Descriptor().Fields()
	for i := range fields.Len() {
		inner.Set(fields.Get(i), some(fields.Get(i)))
	}
}

func some(field protoreflect.FieldDescriptor) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(1)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(1)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("x")
	}
	panic(field.FullName())
}

// twice is a name that an object in JSON has twice, or empty.
func twice(t *testing.T, object string) string {
	t.Helper()
	seen := make(map[string]bool)
	d := json.NewDecoder(bytes.NewReader([]byte(object)))
	for d.Token(); d.More(); {
		name, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, object)
		}
		if seen[name.(string)] {
			return name.(string)
		}
		seen[name.(string)] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, object)
		}
	}
	return ""
}
