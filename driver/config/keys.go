package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Keys are the public keys of those who may sign commands, by key id.
type Keys map[string]ed25519.PublicKey

// keysMost is how long a key file may be, in bytes: some 500 keys.
const keysMost = 64 << 10

// keyFile is a file that ReadKeys takes.
func keyFile(field func(*Config) *string) kind {
	k := of("the path of a file with lines like: desk-1 (base64 of an Ed25519 public key)", field,
		func(value string) (string, bool) {
			_, err := ReadKeys(value)
			return value, err == nil
		})
	k.wrong = func(value string) string {
		if notThis(value) == "" {
			return ""
		}
		_, err := ReadKeys(value)
		return fmt.Sprintf("; %v", err)
	}
	return k
}

// ReadKeys reads a key file: a line a key, # begins a comment. The error names the file, and the line where one is
// wrong, and quotes nothing of it: what is taken for a public key may be a private one.
func ReadKeys(file string) (Keys, error) {
	text, err := readShort(file, keysMost)
	if err != nil {
		return nil, err
	}
	keys, line, err := parseKeys(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s, line %d: %w", file, line, err)
	case len(keys) == 0:
		return nil, fmt.Errorf("%s has no key in it", file)
	}
	return keys, nil
}

// parseKeys returns the line that an error is about.
func parseKeys(text string) (keys Keys, line int, err error) {
	keys = make(Keys)
	for content := range strings.Lines(text) {
		line++
		content, _, _ = strings.Cut(content, "#")
		words := strings.Fields(content)
		if len(words) == 0 {
			continue
		}
		id, key, err := parseKey(words)
		switch {
		case err != nil:
			return nil, line, err
		case keys[id] != nil:
			return nil, line, fmt.Errorf("the key id %s stands in a line before", id)
		}
		keys[id] = key
	}
	return keys, line, nil
}

// parseKey reads the words of a line.
func parseKey(words []string) (id string, key ed25519.PublicKey, err error) {
	switch {
	case len(words) == 3 && words[0] == "private":
		return "", nil, errors.New("that is the private half of a key, which only who signs may have: want the public half")
	case len(words) != 2:
		return "", nil, errors.New("want two words: a key id, and a public key in base64")
	case !validKeyID(words[0]):
		return "", nil, errors.New("the key id must be 1 to 64 characters of A-Z a-z 0-9 . _ -")
	}
	switch key = decodeKey(words[1]); {
	case key == nil:
		return "", nil, errors.New("the key must be base64 of the 32 bytes of an Ed25519 public key")
	case isOfLowOrder(key):
		return "", nil, errors.New("by that key anybody can sign: want a public key that was made with its private half")
	}
	return words[0], key, nil
}

// decodeKey is nil for what has not the form of a public key.
func decodeKey(text string) ed25519.PublicKey {
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil
	}
	return key
}

// lowOrder is the y coordinates of the points of the curve whose order divides 8, also as numbers that are not reduced.
// For one of them as public key a signature is found by a few guesses.
var lowOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func isOfLowOrder(key ed25519.PublicKey) bool {
	y := slices.Clone(key)
	y[len(y)-1] &= 0x7f // the sign of x
	return slices.Contains(lowOrder, hex.EncodeToString(y))
}

func validKeyID(id string) bool {
	odd := strings.ContainsFunc(id, func(r rune) bool {
		switch {
		case 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return false
		}
		return r != '.' && r != '_' && r != '-'
	})
	return !odd && len(id) >= 1 && len(id) <= 64
}
