package command

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"mercury-driver/driver/config"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// secretKey is one that everybody can guess, for tests.
func secretKey(fill byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(fill)), ed25519.SeedSize)))
}

// gated is a gate for commands that the keys desk-1 and desk-2 have signed.
func gated(log *slog.Logger) *Gate {
	ring := new(keyring)
	ring.keys.Store(&config.Keys{
		"desk-1": secretKey(1).Public().(ed25519.PublicKey),
		"desk-2": secretKey(2).Public().(ed25519.PublicKey),
	})
	return newGate(ring, log)
}

func (s GateStats) with(keys int) GateStats {
	s.Keys = keys
	return s
}

const serial = 61364

// issued is when the commands of these tests are, by the vendor app's clock.
var issued = time.Unix(1_800_000_000, 0)

// dated is an unlock that was issued then, with an id of its own.
func dated(id string) *pb.Command {
	c := proto.CloneOf(unlock)
	c.Id, c.IssuedAtNs = id, issued.UnixNano()
	return c
}

// sign wraps a payload as its requester does.
func sign(key ed25519.PrivateKey, id string, serial uint64, payload []byte) *pb.SignedCommand {
	text := append([]byte(fmt.Sprint("mercury.driver.v1.SignedCommand\n", serial, "\n")), payload...)
	return &pb.SignedCommand{Payload: payload, KeyId: id, Ed25519: ed25519.Sign(key, text)}
}

func asProtobuf(m proto.Message) []byte {
	payload, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return payload
}

func asJSON(m proto.Message) []byte { return []byte(protojson.Format(m)) }

// Whoever builds a signer compares it with this; the contract has it.
func TestTheContractsExample(t *testing.T) {
	const signature = "Q5dUfU5ixBUGwVZWCjiy5LU/42d+JQj4qdlq56WQKAA6sD+8900ZRswsLdhFpjSbCKWGTRaUwY/E9SYuaqpkBA=="
	contract, err := os.ReadFile("../../proto/mercury/driver/v1/command.proto")
	if err != nil || !strings.Contains(string(contract), "//   "+signature+"\n") {
		t.Errorf("the contract does not have it (%v)", err)
	}
	raw, _ := base64.StdEncoding.DecodeString(signature)
	zero := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	if !holds(zero.Public().(ed25519.PublicKey), 61364, &pb.SignedCommand{Payload: []byte("{}"), Ed25519: raw}) {
		t.Error("it does not hold")
	}
}

func TestSignedCommandInEachForm(t *testing.T) {
	forms := map[string]func(proto.Message) []byte{"protobuf": asProtobuf, "json": asJSON}
	for outer, wrap := range forms {
		for inner, write := range forms {
			for name, gate := range map[string]*Gate{"with keys": gated(quiet), "without": noKeys} {
				t.Run(fmt.Sprint(inner, " in ", outer, ", ", name), func(t *testing.T) {
					payload := wrap(sign(secretKey(2), "desk-2", serial, write(dated("c-1"))))
					c, id, err := gate.Read(issued, issued, 0, serial, payload)
					if err != nil || id != "c-1" || !proto.Equal(c, dated("c-1")) {
						t.Errorf("got %v, id %q, %v", c, id, err)
					}
				})
			}
		}
	}
}

func TestUnsignedCommandIsTakenWhereNoKeysAre(t *testing.T) {
	if c, id, err := noKeys.Read(issued, issued, 0, serial, binary(t, unlock)); err != nil || id != "c-1" || c == nil {
		t.Errorf("got %v, id %q, %v", c, id, err)
	}
}

// Whatever was not signed by one of the keys is dropped, counted by its cause, and not answered.
func TestGateIsShut(t *testing.T) {
	good := sign(secretKey(1), "desk-1", serial, asProtobuf(dated("c-1")))
	change := func(f func(*pb.SignedCommand)) []byte {
		changed := proto.CloneOf(good)
		f(changed)
		return asProtobuf(changed)
	}
	plain := asProtobuf(dated("c-1"))
	tests := []struct {
		name    string
		payload []byte
		want    GateStats
	}{
		{"nothing", nil, GateStats{Unsigned: 1}},
		{"noise", []byte("unlock door 1"), GateStats{Unsigned: 1}},
		{"an unsigned command", plain, GateStats{Unsigned: 1}},
		{"an unsigned command in JSON", asJSON(dated("c-1")), GateStats{Unsigned: 1}},
		{"an unsigned command that can't be read, with an id", []byte(`{"id":"c-1","unlock":{"door":"x"}}`), GateStats{Unsigned: 1}},
		{"a payload alone", asProtobuf(&pb.SignedCommand{Payload: plain}), GateStats{UnknownKey: 1}},
		{"a key that is not in the file", change(func(s *pb.SignedCommand) { s.KeyId = "desk-3" }), GateStats{UnknownKey: 1}},
		{"no key id", change(func(s *pb.SignedCommand) { s.KeyId = "" }), GateStats{UnknownKey: 1}},
		{"another key's signature", change(func(s *pb.SignedCommand) { s.KeyId = "desk-2" }), GateStats{BadSignature: 1}},
		{"no signature", change(func(s *pb.SignedCommand) { s.Ed25519 = nil }), GateStats{BadSignature: 1}},
		{"half a signature", change(func(s *pb.SignedCommand) { s.Ed25519 = s.Ed25519[:32] }), GateStats{BadSignature: 1}},
		{"a changed payload", change(func(s *pb.SignedCommand) { s.Payload[len(s.Payload)-1]++ }), GateStats{BadSignature: 1}},
		{"a payload of two", change(func(s *pb.SignedCommand) { s.Payload = append(s.Payload, plain...) }), GateStats{BadSignature: 1}},
		{"signed for a serial that this one begins", asProtobuf(sign(secretKey(1), "desk-1", 6136, plain)), GateStats{BadSignature: 1}},
		{"a bare signature of the payload", change(func(s *pb.SignedCommand) { s.Ed25519 = ed25519.Sign(secretKey(1), plain) }), GateStats{BadSignature: 1}},
		{"an unsigned command beside a good signature", append(change(func(s *pb.SignedCommand) { s.Payload = nil }), plain...), GateStats{BadSignature: 1}},
		{"longer than any", asProtobuf(sign(secretKey(1), "desk-1", serial, make([]byte, maxEnvelope))), GateStats{Unsigned: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gate := gated(quiet)
			c, id, err := gate.Read(issued, issued, 0, serial, test.payload)
			if c != nil || id != "" || !errors.Is(err, errShut) {
				t.Errorf("got %v, id %q, %v", c, id, err)
			}
			if got := gate.Stats(); got != test.want.with(2) {
				t.Errorf("counted %+v", got)
			}
		})
	}
}

// A command for one controller opens no door of another. Broken once on purpose, by a check that takes one and the
// same serial for all of them.
func TestSignedForAnotherController(t *testing.T) {
	gate := gated(quiet)
	payload := asProtobuf(sign(secretKey(1), "desk-1", serial, asProtobuf(dated("c-1"))))
	if c, _, err := gate.Read(issued, issued, 0, serial+1, payload); c != nil || !errors.Is(err, errShut) {
		t.Errorf("got %v, %v", c, err)
	}
	if _, _, err := gate.Read(issued, issued, 0, serial, payload); err != nil {
		t.Errorf("to its own it came then as %v", err)
	}
}

// Fields of a Command beside a signed one say nothing: only what is signed counts.
func TestWhatStandsBesideTheSignatureIsIgnored(t *testing.T) {
	other := dated("c-2")
	payload := append(asProtobuf(other), asProtobuf(sign(secretKey(1), "desk-1", serial, asProtobuf(dated("c-1"))))...)
	c, id, err := gated(quiet).Read(issued, issued, 0, serial, payload)
	if err != nil || id != "c-1" || c.GetId() != "c-1" {
		t.Errorf("got %v, id %q, %v", c, id, err)
	}
}

// What is vouched for, and is no good command, is answered like any.
func TestSignedAndNotGoodEnough(t *testing.T) {
	undated, ahead := dated("c-1"), dated("c-1")
	undated.IssuedAtNs = 0
	ahead.IssuedAtNs += int64(maxAhead + 1)
	for name, test := range map[string]struct {
		payload []byte
		err     error
	}{
		"without a time of issue": {asProtobuf(undated), errUndated},
		"of the far future":       {asProtobuf(ahead), errAhead},
		"not readable":            {[]byte(`{"id":"c-1","unlock":{"door":"x"}}`), errJSON},
		"an envelope in it":       {asProtobuf(sign(secretKey(1), "desk-1", serial, asProtobuf(dated("c-1")))), errID},
	} {
		t.Run(name, func(t *testing.T) {
			gate := gated(quiet)
			envelope := asProtobuf(sign(secretKey(1), "desk-1", serial, test.payload))
			for range 2 {
				if c, _, err := gate.Read(issued, issued, 0, serial, envelope); c != nil || !errors.Is(err, test.err) {
					t.Errorf("got %v, %v", c, err)
				}
			}
			if got := gate.Stats(); got != (GateStats{}).with(2) {
				t.Errorf("counted %+v", got)
			}
		})
	}
}

func TestFloodOfUnsignedCommandsIsLoggedNowAndThen(t *testing.T) {
	var log logged
	gate := gated(slog.New(slog.NewTextHandler(&log, nil)))
	for i := range 1000 {
		now := issued.Add(time.Duration(i) * time.Millisecond)
		_, _, _ = gate.Read(now, now, 0, serial, []byte(`{"id":"pin-31415926","put_card":{"card":1,"pin":31415926}}`))
	}
	later := issued.Add(tellEvery)
	_, _, _ = gate.Read(later, later, 0, serial, []byte("31415926"))
	if log.count("cause=unsigned") != 2 || log.count("total=1001") != 1 || log.count("31415926") != 0 {
		t.Errorf("log:\n%s", log.text.String())
	}
}

// After a rotation of keys one sees in the log whose signature is not known yet.
func TestTheKeyThatIsNotKnownIsNamed(t *testing.T) {
	var log logged
	gate := gated(slog.New(slog.NewTextHandler(&log, nil)))
	for i, id := range []string{"desk-3", strings.Repeat("y", 1000)} {
		now := issued.Add(time.Duration(i) * tellEvery)
		_, _, _ = gate.Read(now, now, 0, serial, asProtobuf(sign(secretKey(3), id, serial, asProtobuf(dated("c-1")))))
	}
	if log.count("cause=unknown_key total=1 key=desk-3\n") != 1 || log.count("key="+strings.Repeat("y", 64)+"\n") != 1 {
		t.Errorf("log:\n%s", log.text.String())
	}
}

// With keys, nothing gets through that was not signed, whatever the bytes.
func FuzzGate(f *testing.F) {
	good := sign(secretKey(1), "desk-1", serial, asProtobuf(dated("c-1")))
	f.Add(asProtobuf(good))
	f.Add(asJSON(good))
	f.Add(asProtobuf(dated("c-1")))
	f.Add(protowire.AppendTag(nil, 30, protowire.BytesType))
	f.Fuzz(func(t *testing.T, payload []byte) {
		gate := gated(quiet)
		c, id, err := gate.Read(issued, issued, 0, serial, payload)
		if err == nil && !proto.Equal(c, dated("c-1")) || err != nil && (c != nil || id != "") {
			t.Fatalf("%v, id %q, %v got through", c, id, err)
		}
		_, _, _ = noKeys.Read(issued, issued, 0, serial, payload)
	})
}
