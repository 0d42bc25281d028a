package e2e

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// signKeys is the key of the app, the drivers' file of public ones, and a key that is not in it.
type signKeys struct {
	file, public string
	id, line     string
	own          ed25519.PrivateKey
}

// publish writes the drivers' file.
func (k signKeys) publish(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(k.public, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// pin is planted in a forgery.
const pin = "31415926"

func (k signKeys) forgeries(t *testing.T) []string {
	plain := k.unlock(t, "forged")
	return []string{
		string(plain),
		`{"id":"forged-json","unlock":{"door":1}}`,
		`{"id":"forged-badly","put_card":{"card":1,"pin":` + pin + `,"doors":"all"}}`,
		k.signed("bystander", plain),
		k.signed(k.id, plain),
	}
}

// unlock is a command that was issued just now.
func (k signKeys) unlock(t *testing.T, id string) []byte {
	payload, err := proto.Marshal(&pb.Command{Id: id, IssuedAtNs: time.Now().UnixNano(),
		Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// signed is a command for the first panel, signed with the own key in the name of any.
func (k signKeys) signed(id string, payload []byte) string {
	text := fmt.Appendf(nil, "mercury.driver.v1.SignedCommand\n%d\n%s", firstSerial, payload)
	return protojson.Format(&pb.SignedCommand{Payload: payload, KeyId: id, Ed25519: ed25519.Sign(k.own, text)})
}

// mustBeSecret looks for what must stand nowhere.
func (k signKeys) mustBeSecret(t *testing.T, s *system) {
	t.Helper()
	seed, err := os.ReadFile(k.file) // private ID SEED
	if err != nil {
		t.Fatal(err)
	}
	_, metrics, err := s.drivers[0].get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"driver": s.drivers[0].said(), "app": s.app.said(), "metrics": metrics} {
		for _, secret := range []string{strings.Fields(string(seed))[2], pin} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %s is shown", where, secret)
			}
		}
	}
}
