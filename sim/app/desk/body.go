package desk

import (
	"encoding/base64"
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "mercury-driver/proto/mercury/driver/v1"
)

var bodyJSON = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}

var eventBody = (&pb.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("body")

// unknownKind is what an event of a newer contract is stored under.
const unknownKind = "unknown"

// encode names the body and puts it in JSON. Of a kind that this app does not know the bytes are kept.
func encode(ev *pb.Event) (kind, body string) {
	m := ev.ProtoReflect()
	field := m.WhichOneof(eventBody)
	if field == nil {
		return unknownKind, unknown(m)
	}
	if of, ok := flat[field.Number()]; ok {
		var room [128]byte
		return string(field.Name()), string(of.append(room[:0], m.Get(field).Message()))
	}
	text, err := bodyJSON.Marshal(m.Get(field).Message().Interface())
	if err != nil { // text that is not UTF-8
		return string(field.Name()), unknown(m)
	}
	return string(field.Name()), string(text)
}

func unknown(m protoreflect.Message) string {
	return `{"unknown_fields":"` + base64.StdEncoding.EncodeToString(m.GetUnknown()) + `"}`
}

// flat has the kinds of event whose bodies hold nothing but numbers, enums and flags, as those of all transactions do.
// These are put in JSON here: protojson, which can do all, takes five times as long, more than it takes to store them.
var flat = func() map[protoreflect.FieldNumber]flatFields {
	found := make(map[protoreflect.FieldNumber]flatFields)
	for i := range eventBody.Fields().Len() {
		body := eventBody.Fields().Get(i)
		if fields, ok := flatFieldsOf(body.Message().Fields()); ok {
			found[body.Number()] = fields
		}
	}
	return found
}()

type flatFields []flatField

type flatField struct {
	field protoreflect.FieldDescriptor
	label string // what stands before the value
}

func flatFieldsOf(fields protoreflect.FieldDescriptors) (found flatFields, ok bool) {
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
