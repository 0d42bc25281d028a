package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// aKey is a public key of 32 equal bytes, as a key file has it.
func aKey(fill byte) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), 32)))
}

func writeKeys(t *testing.T, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// madeFIFO is a FIFO that nobody writes to: who opens it to read blocks.
func madeFIFO(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadKeys(t *testing.T) {
	keys, err := ReadKeys(writeKeys(t, "# who may sign\n\ndesk-1 "+aKey(1)+"\n\tDesk.2_x  "+aKey(2)+" # from May on\r\nlast "+aKey(3)))
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 3 || keys["desk-1"][0] != 1 || keys["Desk.2_x"][31] != 2 || keys["last"][0] != 3 {
		t.Errorf("read %v", keys)
	}
}

func TestKeyFileThatIsRefused(t *testing.T) {
	const secret = "c2VjcmV0" // stands in each of them, and in no fault
	long := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 64)))
	for name, test := range map[string]struct{ text, want string }{
		"empty":                     {"", " has no key in it"},
		"remarks only":              {"# " + secret + "\n", " has no key in it"},
		"a private key in PEM":      {"-----BEGIN PRIVATE KEY-----\n" + secret + "\n", ", line 1: want two words"},
		"the key alone":             {"\n" + secret + "\n", ", line 2: want two words"},
		"three words":               {"a " + aKey(1) + "\nb " + aKey(2) + " " + secret, ", line 2: want two words"},
		"a key id with a slash":     {"a/" + secret + " " + aKey(1), ", line 1: the key id must be"},
		"a key id of 65 characters": {strings.Repeat("a", 65-len(secret)) + secret + " " + aKey(1), ", line 1: the key id must be"},
		"a key that is too short":   {"a " + secret, ", line 1: the key must be base64 of the 32 bytes"},
		"a private key, 64 bytes":   {"a " + long + " # " + secret, ", line 1: the key must be base64 of the 32 bytes"},
		"no base64":                 {"a " + secret + "*", ", line 1: the key must be"},
		"another's private half":    {"private a " + aKey(1) + " # " + secret, ", line 1: that is the private half of a key"},
		"zeros":                     {"a " + aKey(0) + " # " + secret, ", line 1: by that key anybody can sign"},
		"one id twice":              {"a " + aKey(1) + "\n# " + secret + "\na " + aKey(2), ", line 3: the key id a stands"},
		"a file without end":        {strings.Repeat("#"+secret+"\n", 10_000), " is longer than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeKeys(t, test.text)
			_, err := ReadKeys(file)
			if err == nil || !strings.Contains(err.Error(), file+test.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want %s%s", err, file, test.want)
			}
		})
	}
	if _, err := ReadKeys("/no/such/file"); err == nil || !strings.Contains(err.Error(), "/no/such/file") {
		t.Errorf("got %v", err)
	}
}

// For a key of low order whoever guesses signs: of the signature that is nothing at all, some messages are the right ones.
func TestKeyOfLowOrderIsRefused(t *testing.T) {
	nothing := append([]byte{1}, make([]byte, ed25519.SignatureSize-1)...)
	for _, y := range lowOrder {
		for _, sign := range []byte{0, 0x80} {
			key, _ := hex.DecodeString(y)
			key[31] |= sign
			forged := false
			for message := range 500 {
				forged = forged || ed25519.Verify(key, []byte{byte(message), byte(message >> 8)}, nothing)
			}
			_, _, err := parseKeys("a " + base64.StdEncoding.EncodeToString(key))
			if err == nil || !forged {
				t.Errorf("%x: forged %v, %v", key, forged, err)
			}
		}
	}
}

// Whatever the file says: no panic, and what is taken can be written and read again.
func FuzzParseKeys(f *testing.F) {
	f.Add("desk-1 " + aKey(1) + "\n# a remark\ndesk-2 " + aKey(2))
	f.Add("desk-1 = " + aKey(1))
	f.Add("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n")
	f.Fuzz(func(t *testing.T, text string) {
		keys, line, err := parseKeys(text)
		if err != nil {
			if keys != nil || line < 1 {
				t.Errorf("%v in line %d, beside %v", err, line, keys)
			}
			return
		}
		var again strings.Builder
		for id, key := range keys {
			again.WriteString(id + " " + base64.StdEncoding.EncodeToString(key) + "\n")
		}
		if same, _, err := parseKeys(again.String()); err != nil || len(same) != len(keys) {
			t.Errorf("%q became %v, %v", again.String(), same, err)
		}
	})
}
