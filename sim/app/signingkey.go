package app

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// SigningKey signs commands for drivers that ask for it. Its file is one line, the word private, the key's id and its
// seed in base64, as secret as the doors are. No error shows a part of it.
type SigningKey struct {
	id     string
	secret ed25519.PrivateKey
}

// private begins a signing key's line, so that nobody takes it for its public one.
const private = "private"

// keyID is an id that drivers take.
var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// NewSigningKey makes a key, whose id is the beginning of the public key.
func NewSigningKey() (*SigningKey, error) {
	public, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	return &SigningKey{"key-" + hex.EncodeToString(public[:4]), secret}, nil
}

// ReadSigningKey reads what Write wrote.
func ReadSigningKey(file string) (*SigningKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(string(text))
	switch {
	case len(words) == 2 && keyID.MatchString(words[0]):
		return nil, fmt.Errorf("%s is no signing key: that is the public half, which is for COMMAND_KEYS", file)
	case len(words) != 3 || words[0] != private:
		return nil, fmt.Errorf("%s is no signing key: want three words, as mercury-sim key writes them", file)
	case !keyID.MatchString(words[1]):
		return nil, fmt.Errorf("%s is no signing key: its second word must be 1 to 64 characters of A-Z a-z 0-9 . _ -", file)
	}
	seed, err := base64.StdEncoding.DecodeString(words[2])
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s is no signing key: its third word is not base64 of 32 bytes", file)
	}
	return &SigningKey{words[1], ed25519.NewKeyFromSeed(seed)}, nil
}

// Write keeps the key in a new file, for its owner's eyes alone.
func (k *SigningKey) Write(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, private, k.id, base64.StdEncoding.EncodeToString(k.secret.Seed()))
	return errors.Join(err, f.Close())
}

// Line is the public key as the drivers' COMMAND_KEYS has it.
func (k *SigningKey) Line() string {
	return k.id + " " + base64.StdEncoding.EncodeToString(k.secret.Public().(ed25519.PublicKey))
}

// seal puts a payload into a SignedCommand for one controller.
func (k *SigningKey) seal(serial uint64, payload []byte) ([]byte, error) {
	signed := append(fmt.Appendf(nil, "mercury.driver.v1.SignedCommand\n%d\n", serial), payload...)
	return proto.Marshal(&pb.SignedCommand{Payload: payload, KeyId: k.id, Ed25519: ed25519.Sign(k.secret, signed)})
}
