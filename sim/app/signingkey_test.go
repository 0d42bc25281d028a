package app_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app"
)

// What the app publishes holds by the public line of its key, and by what the contract says is signed.
func TestPublishedCommandIsSigned(t *testing.T) {
	key, err := app.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := key.Write(file); err != nil {
		t.Fatal(err)
	}
	id, text, _ := strings.Cut(key.Line(), " ")
	public, _ := base64.StdEncoding.DecodeString(text)

	r := newRigWith(t, file)
	d := r.connect("a")
	d.admit(61364)
	heard := r.redis.NewSubscriber()
	heard.Subscribe("61364")
	answers := r.unlock(61364, appv1.Route_ROUTE_CLAIM)
	var sealed pb.SignedCommand
	if err := proto.Unmarshal([]byte((<-heard.Messages()).Message), &sealed); err != nil {
		t.Fatal(err)
	}
	signed := fmt.Sprint("mercury.driver.v1.SignedCommand\n61364\n", string(sealed.Payload))
	if sealed.KeyId != id || !ed25519.Verify(public, []byte(signed), sealed.Ed25519) {
		t.Errorf("published %v, which %s does not vouch for", &sealed, key.Line())
	}
	var c pb.Command
	if err := proto.Unmarshal(sealed.Payload, &c); err != nil || c.GetUnlock().GetDoor() != 1 || c.IssuedAtNs == 0 {
		t.Errorf("signed %v, %v", &c, err)
	}
	d.answer(&c, 61364, pb.Outcome_OUTCOME_DONE)
	<-answers
}

func TestSigningKeyFiles(t *testing.T) {
	dir := t.TempDir()
	key, err := app.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "key")
	if err := key.Write(file); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	if same, err := app.ReadSigningKey(file); err != nil || same.Line() != key.Line() {
		t.Errorf("read %v, %v", same, err)
	}
	if err := key.Write(file); err == nil {
		t.Error("a key was written over another")
	}
	public := filepath.Join(dir, "public")
	if err := os.WriteFile(public, []byte(key.Line()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ReadSigningKey(public); err == nil || !strings.Contains(err.Error(), public+" is no signing key: that is the public half") {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "one word": "c2VjcmV0", "a short seed": "private k c2VjcmV0", "an id with a slash": "private a/b c2VjcmV0", "a public key in PEM": "-----BEGIN c2VjcmV0 KEY-----",
	} {
		bad := filepath.Join(dir, "bad")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := app.ReadSigningKey(bad); err == nil || !strings.Contains(err.Error(), bad) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
