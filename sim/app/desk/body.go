package desk

import (
	"encoding/base64"
	"reflect"
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "mercury-driver/proto/mercury/driver/v1"
)

var bodyJSON = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}

var eventBody = (&pb.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("body")

// unknownKind is what an event of a newer contract is stored under.
const unknownKind = "unknown"

// encode names the body and puts it in JSON. Of a kind that this app does not know the bytes are kept.
func encode(ev *pb.Event) (kind, body string) {
	of, known := kinds[reflect.TypeOf(ev.Body)]
	if !known {
		return unknownKind, unknown(ev)
	}
	m := reflect.ValueOf(ev.Body).Elem().Field(0).Interface().(proto.Message)
	if of.flat != nil {
		var room [128]byte
		return of.name, string(of.flat.append(room[:0], m.ProtoReflect()))
	}
	text, err := bodyJSON.Marshal(m)
	if err != nil { // text that is not UTF-8
		return of.name, unknown(ev)
	}
	return of.name, string(text)
}

func unknown(ev *pb.Event) string {
	return `{"unknown_fields":"` + base64.StdEncoding.EncodeToString(ev.ProtoReflect().GetUnknown()) + `"}`
}

// eventKind is one of the kinds of event. Where the bodies hold nothing but numbers, enums and flags, as those of all
// transactions do, flat has their fields, never nil. These are put in JSON here: protojson, which can do all, takes five
// times as long, more than it takes to store them.
type eventKind struct {
	name string
	flat flatFields
}

// kinds is all of them, by the type that an Event's Body has.
var kinds = func() map[reflect.Type]eventKind {
	found := make(map[reflect.Type]eventKind)
	for i := range eventBody.Fields().Len() {
		field, ev := eventBody.Fields().Get(i), &pb.Event{}
		ev.ProtoReflect().Mutable(field)
		of := eventKind{name: string(field.Name())}
		if fields, ok := flatFieldsOf(field.Message().Fields()); ok {
			of.flat = fields
		}
		found[reflect.TypeOf(ev.Body)] = of
	}
	return found
}()

type flatFields []flatField

type flatField struct {
	field protoreflect.FieldDescriptor
	label string // what stands before the value
}

func flatFieldsOf(fields protoreflect.FieldDescriptors) (found flatFields, ok bool) {
	found = flatFields{} // a body may have no field at all
	for i := range fields.Len() {
		f := fields.Get(i)
		switch f.Kind() {
		case protoreflect.BoolKind, protoreflect.EnumKind, protoreflect.Int32Kind, protoreflect.Uint32Kind,
			protoreflect.Int64Kind, protoreflect.Uint64Kind:
		default:
			return nil, false
		}
		if f.IsList() || f.HasPresence() {
			return nil, false
		}
		found = append(found, flatField{f, strconv.Quote(string(f.Name())) + ":"})
	}
	return found, true
}

func (of flatFields) append(b []byte, m protoreflect.Message) []byte {
	b = append(b, '{')
	for i, f := range of {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.append(append(b, f.label...), m.Get(f.field))
	}
	return append(b, '}')
}

// append writes a value as protojson does: what JSON has no room for in a number goes in quotes.
func (f flatField) append(b []byte, v protoreflect.Value) []byte {
	switch f.field.Kind() {
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, v.Bool())
	case protoreflect.Uint32Kind:
		return strconv.AppendUint(b, v.Uint(), 10)
	case protoreflect.Uint64Kind:
		return append(strconv.AppendUint(append(b, '"'), v.Uint(), 10), '"')
	case protoreflect.Int64Kind:
		return append(strconv.AppendInt(append(b, '"'), v.Int(), 10), '"')
	case protoreflect.EnumKind:
		if known := f.field.Enum().Values().ByNumber(v.Enum()); known != nil {
			return strconv.AppendQuote(b, string(known.Name()))
		}
		return strconv.AppendInt(b, int64(v.Enum()), 10)
	}
	return strconv.AppendInt(b, v.Int(), 10)
}
