package command

import (
	"encoding/json"
	"errors"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"mercury-driver/driver/controller"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// maxPayload is the longest payload that is looked at, in bytes. A command is far shorter.
const maxPayload = 4096

// Why a payload is no command. The texts go to the log and into results, so they never quote the payload:
// it may hold a PIN.
var (
	errTooLong  = errors.New("the payload is longer than 4096 bytes")
	errProtobuf = errors.New("the payload is not the protobuf form of a Command")
	errJSON     = errors.New("the payload is not the JSON form of a Command")
	errID       = errors.New("the id is not 1 to 64 printable ASCII characters without blanks")
	errNoAction = errors.New("the command names no action that this driver knows")
)

// decode reads a Command from a payload: protojson when its first byte is '{', else protobuf. Unknown
// fields are ignored, values are not judged. With an error the command is nil; id is then the command's id
// if a usable one could be read all the same, so that its sender can be answered, and "" if not.
func decode(payload []byte) (c *pb.Command, id string, err error) {
	if len(payload) > maxPayload {
		return nil, "", errTooLong
	}
	c = new(pb.Command)
	switch broken := unmarshal(payload, c) != nil; {
	case broken && inJSON(payload):
		return nil, idInJSON(payload), errJSON
	case broken:
		return nil, idInProtobuf(payload), errProtobuf
	case !controller.ValidID(c.GetId()):
		return nil, "", errID
	case c.GetAction() == nil:
		return nil, c.GetId(), errNoAction
	}
	return c, c.GetId(), nil
}

// unmarshal reads a message in either form.
func unmarshal(payload []byte, m proto.Message) error {
	if inJSON(payload) {
		return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(payload, m)
	}
	return proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(payload, m)
}

func inJSON(payload []byte) bool { return len(payload) > 0 && payload[0] == '{' }

// idInJSON finds the id in JSON of which another field is wrong.
func idInJSON(payload []byte) string {
	var fields struct {
		ID any `json:"id"`
	}
	if json.Unmarshal(payload, &fields) != nil {
		return ""
	}
	if id, _ := fields.ID.(string); controller.ValidID(id) {
		return id
	}
	return ""
}

// idInProtobuf finds the id among the fields that come before the first broken one.
func idInProtobuf(payload []byte) (id string) {
	for len(payload) > 0 {
		number, kind, n := protowire.ConsumeTag(payload)
		if n < 0 {
			return id
		}
		payload = payload[n:]
		if number == idField && kind == protowire.BytesType {
			if value, m := protowire.ConsumeBytes(payload); m >= 0 && controller.ValidID(string(value)) {
				id = string(value)
			}
		}
		if n = protowire.ConsumeFieldValue(number, kind, payload); n < 0 {
			return id
		}
		payload = payload[n:]
	}
	return id
}

// idField is the number of Command.id.
const idField = 1
