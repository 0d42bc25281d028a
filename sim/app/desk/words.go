package desk

import (
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Details are the fields of a message, each as its name and its value, in the words of people. A number
// that is 0 says nothing and is left out.
func Details(m protoreflect.Message) []any {
	fields := m.Descriptor().Fields()
	details := make([]any, 0, 2*fields.Len())
	for i := range fields.Len() {
		field := fields.Get(i)
		details = append(details, detail(field, m.Get(field))...)
	}
	return details
}

// StoredDetails are the details of a stored event's body.
func StoredDetails(kind string, body []byte) ([]any, error) {
	field := eventBody.Fields().ByName(protoreflect.Name(kind))
	if field == nil {
		return nil, nil
	}
	m := (&pb.Event{}).ProtoReflect().NewField(field).Message()
	if err := protojson.Unmarshal(body, m.Interface()); err != nil {
		return nil, err
	}
	return Details(m), nil
}

func detail(field protoreflect.FieldDescriptor, value protoreflect.Value) []any {
	name := string(field.Name())
	at, isTime := strings.CutSuffix(name, "_ns")
	switch {
	case field.Kind() != protoreflect.BoolKind && value.Equal(field.Default()):
		return nil
	case isTime:
		return []any{at + "_utc", time.Unix(0, value.Int()).UTC().Format(time.RFC3339Nano)} // slog has a time of its own
	case field.Kind() == protoreflect.EnumKind:
		return []any{name, word(field.Enum(), value.Enum())}
	}
	return []any{name, value.Interface()}
}

// plain is the name of a field in the contract as people write it.
func plain(name string) string { return strings.ReplaceAll(name, "_", " ") }

// Word is an enum value as people say it: "no access" for DENY_REASON_NO_ACCESS.
func Word(v protoreflect.Enum) string { return word(v.Descriptor(), v.Number()) }

func word(enum protoreflect.EnumDescriptor, n protoreflect.EnumNumber) string {
	value := enum.Values().ByNumber(n)
	if value == nil {
		return "unknown"
	}
	prefix := strings.TrimSuffix(string(enum.Values().Get(0).Name()), "UNSPECIFIED")
	return strings.ToLower(plain(strings.TrimPrefix(string(value.Name()), prefix)))
}
