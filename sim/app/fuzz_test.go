package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mercury-driver/sim/app"
)

// keyLine is what a driver takes for a line of its COMMAND_KEYS.
var keyLine = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64} [A-Za-z0-9+/]{43}=$`)

// Whatever a file holds: it is refused with nothing of it in the error, or it is a key of which the drivers take the
// public line, and it is written as it was read.
func FuzzReadSigningKey(f *testing.F) {
	const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"
	f.Add("private key-1 ", "=\n")
	f.Add("key-1 ", "=")
	f.Add("private key/1\t", "=")
	f.Add("-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(before+secret+after), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := app.ReadSigningKey(file)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v", err)
			}
			return
		}
		if !keyLine.MatchString(key.Line()) {
			t.Errorf("no driver takes the line %q", key.Line())
		}
		again := filepath.Join(t.TempDir(), "key")
		if err := key.Write(again); err != nil {
			t.Fatal(err)
		}
		same, err := app.ReadSigningKey(again)
		if err != nil || same.Line() != key.Line() {
			t.Errorf("%q became %v, %v", key.Line(), same, err)
		}
	})
}
