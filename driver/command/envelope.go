package command

import (
	"crypto/ed25519"
	"fmt"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// maxEnvelope is the longest SignedCommand that is looked at, in bytes: one in JSON around the longest payload.
const maxEnvelope = 2 * maxPayload

// unwrap returns the SignedCommand that a payload is, or nil.
func unwrap(payload []byte) *pb.SignedCommand {
	if len(payload) > maxEnvelope {
		return nil
	}
	envelope := new(pb.SignedCommand)
	if unmarshal(payload, envelope) != nil {
		return nil
	}
	if envelope.Payload == nil && envelope.KeyId == "" && envelope.Ed25519 == nil {
		return nil // another message, of which all fields are unknown here
	}
	return envelope
}

// holds reports whether the key's owner signed this payload, for this controller.
func holds(key ed25519.PublicKey, serial uint64, envelope *pb.SignedCommand) bool {
	signed := fmt.Appendf(nil, "mercury.driver.v1.SignedCommand\n%d\n%s", serial, envelope.Payload)
	return ed25519.Verify(key, signed, envelope.Ed25519)
}
