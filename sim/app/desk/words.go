package desk

import (
	"math/bits"
	"strconv"
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
	return storedDetails((&pb.Event{}).ProtoReflect(), eventBody, kind, body)
}

// StoredArguments are the details of a command's action in the audit.
func StoredArguments(kind string, arguments []byte) ([]any, error) {
	return storedDetails((&pb.Command{}).ProtoReflect(), action, kind, arguments)
}

func storedDetails(of protoreflect.Message, oneof protoreflect.OneofDescriptor, kind string, text []byte) ([]any, error) {
	field := oneof.Fields().ByName(protoreflect.Name(kind))
	if field == nil {
		return nil, nil
	}
	m := of.NewField(field).Message()
	if err := protojson.Unmarshal(text, m.Interface()); err != nil {
		return nil, err
	}
	return Details(m), nil
}

// EventKinds are the kinds that events are stored under.
func EventKinds() (kinds []string) {
	for i := range eventBody.Fields().Len() {
		kinds = append(kinds, string(eventBody.Fields().Get(i).Name()))
	}
	return append(kinds, unknownKind)
}

// Outcomes are the words for the ends that a command can come to.
func Outcomes() (words []string) {
	values := pb.Outcome(0).Descriptor().Values()
	for i := 1; i < values.Len(); i++ {
		words = append(words, Word(pb.Outcome(values.Get(i).Number())))
	}
	return words
}

func detail(field protoreflect.FieldDescriptor, value protoreflect.Value) []any {
	name := string(field.Name())
	at, isTime := strings.CutSuffix(name, "_ns")
	switch {
	case field.Kind() != protoreflect.BoolKind && value.Equal(field.Default()):
		return nil
	case isTime:
		return []any{at + "_utc", time.Unix(0, value.Int()).UTC().Format(time.RFC3339Nano)} // slog has a time of its own
	case field == cardDoors:
		return []any{name, numbered(value.Uint())}
	case field.Kind() == protoreflect.EnumKind:
		return []any{name, word(field.Enum(), value.Enum())}
	}
	return []any{name, value.Interface()}
}

// cardDoors is the one field that is a set of bits.
var cardDoors = (&pb.PutCard{}).ProtoReflect().Descriptor().Fields().ByName("doors")

// numbered is a set of bits as their numbers, from 1: "1,2" for 3.
func numbered(set uint64) string {
	var numbers []string
	for ; set != 0; set &= set - 1 {
		numbers = append(numbers, strconv.Itoa(bits.TrailingZeros64(set)+1))
	}
	return strings.Join(numbers, ",")
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
