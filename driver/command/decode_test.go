package command

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"mercury-driver/driver/controller"
	pb "mercury-driver/proto/mercury/driver/v1"
)

var unlock = &pb.Command{
	Id: "c-1", RequestedBy: "desk", TtlMs: 5000, LeaseEpoch: 7,
	Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 2}},
}

func binary(t testing.TB, c *pb.Command) []byte {
	t.Helper()
	payload, err := proto.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestDecode(t *testing.T) {
	json, err := protojson.Marshal(unlock)
	if err != nil {
		t.Fatal(err)
	}
	unknownField := protowire.AppendTag(binary(t, unlock), 900, protowire.VarintType)
	unknownField = protowire.AppendVarint(unknownField, 1)
	for name, payload := range map[string][]byte{
		"protobuf":                       binary(t, unlock),
		"protobuf with an unknown field": unknownField,
		"protojson":                      json,
		"protojson, another spelling": []byte(
			`{"id":"c-1","requested_by":"desk","ttlMs":5000,"leaseEpoch":"7","unlock":{"door":2},"mood":"good"}`),
	} {
		t.Run(name, func(t *testing.T) {
			c, id, err := decode(payload)
			if err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(c, unlock) || id != "c-1" {
				t.Errorf("got %v, id %q", c, id)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	noAction := binary(t, &pb.Command{Id: "c-2"})
	badText := binary(t, &pb.Command{Id: "c-3"})
	badText = protowire.AppendTag(badText, 2, protowire.BytesType)
	badText = protowire.AppendBytes(badText, []byte{0xff})
	tests := []struct {
		name    string
		payload string
		id      string
		err     error
	}{
		{"nothing", "", "", errID},
		{"text that is neither", "unlock door 1", "", errProtobuf},
		{"too long", `{"id":"c-1","requestedBy":"` + strings.Repeat("x", maxPayload) + `","unlock":{}}`, "", errTooLong},
		{"protobuf, no action", string(noAction), "c-2", errNoAction},
		{"protobuf, text that is not UTF-8", string(badText), "c-3", errProtobuf},
		{"protobuf, cut off behind the id", string(binary(t, unlock)[:8]), "c-1", errProtobuf},
		{"protobuf, cut off in the id", string(binary(t, unlock)[:3]), "", errProtobuf},
		{"protobuf, no id", string(binary(t, &pb.Command{Action: unlock.Action})), "", errID},
		{"json, cut off", `{"id":"c-1","unlock":{"door":`, "", errJSON},
		{"json, no action", `{"id":"c-1"}`, "c-1", errNoAction},
		{"json, an action of a later version", `{"id":"c-1","dance":{}}`, "c-1", errNoAction},
		{"json, a value of the wrong shape", `{"unlock":{"door":"front"},"id":"c-1"}`, "c-1", errJSON},
		{"json, a value out of its type's range", `{"id":"c-1","unlock":{"door":-1}}`, "c-1", errJSON},
		{"json, two actions", `{"id":"c-1","unlock":{"door":1},"detach":{}}`, "c-1", errJSON},
		{"json, the id is a number", `{"id":1,"unlock":{"door":1}}`, "", errJSON},
		{"json, an id with a blank", `{"id":"c 1","unlock":{"door":1}}`, "", errID},
		{"json, an id of 65 bytes", `{"id":"` + strings.Repeat("i", 65) + `","unlock":{"door":1}}`, "", errID},
		{"json, a bad id and a bad value", `{"id":"ü","unlock":{"door":"x"}}`, "", errJSON},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, id, err := decode([]byte(test.payload))
			if c != nil || id != test.id || !errors.Is(err, test.err) {
				t.Errorf("got %v, id %q, %v; want id %q, %v", c, id, err, test.id, test.err)
			}
		})
	}
}

// Whatever comes, decode returns; and a command that it lets through says the same when it is written in
// the other form and read again.
func FuzzDecode(f *testing.F) {
	f.Add(binary(f, unlock))
	f.Add(binary(f, unlock)[:8])
	f.Add([]byte(`{"id":"c-1","unlock":{"door":2}}`))
	f.Add([]byte(`{"id":"c-1","unlock":{"door":"x"}}`))
	f.Add([]byte(`{"id":"c-1","putCard":{"card":"9223372036854775807","pin":1234}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, id, err := decode(payload)
		if id != "" && !controller.ValidID(id) {
			t.Fatalf("id %q", id)
		}
		if err != nil {
			if c != nil {
				t.Fatalf("a command beside the error %v", err)
			}
			return
		}
		json, err := protojson.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{json, binary(t, c)} {
			if len(again) > maxPayload {
				continue
			}
			if d, _, err := decode(again); err != nil || !proto.Equal(c, d) {
				t.Fatalf("%v became %v, %v", c, d, err)
			}
		}
	})
}
