package link

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

var identity = scp.Identity{
	Serial: 61364, MAC: "02c0de00efb4", Model: "sim-2", Firmware: "1.29.2",
	Readers: 4, Doors: 2, Inputs: 8, Outputs: 4, Cards: 240_000, LogCapacity: 50_000,
	LogEpoch: 3, Oldest: 11, Newest: 60_010,
}

// samples has every type of frame, the transaction with every field set.
var samples = map[string]struct {
	bytes []byte
	want  Frame
}{
	"hello": {AppendHello(nil, 5, &identity),
		Frame{Type: Hello, Message: scp.Message{Kind: scp.IdentityTold, Time: 5, Identity: &identity}}},
	"welcome": {AppendWelcome(nil, 1500*time.Millisecond),
		Frame{Type: Welcome, PollEvery: 1500 * time.Millisecond}},
	"poll":   {AppendPoll(nil), Frame{Type: Poll}},
	"answer": {AppendAnswer(nil), Frame{Type: Answer}},
	"command": {AppendCommand(nil, 7, "311 0 2"),
		Frame{Type: Command, Tag: 7, Line: []byte("311 0 2")}},
	"reply": sample(Reply, scp.Message{Kind: scp.CommandReply, Time: 1_700_000_000_000_000_001, Tag: 7,
		Result: scp.ReplyNAK, NAK: scp.NAKNoSuchPoint, Text: "no door 9"}),
	"log status": sample(Log, scp.Message{Kind: scp.LogStatus, Time: 5,
		Log: scp.LogFill{Capacity: 50_000, Unread: 45_000, Overwritten: 12}}),
	"log near full": sample(Log, scp.Message{Kind: scp.LogNearFull, Time: -5}),
	"transaction": sample(Transaction, scp.Message{Kind: scp.AccessDenied, Time: -1, LogEpoch: 3,
		Index: 1 << 63, Reader: 1, Door: 2, Card: 1 << 62, Bits: 26, Request: 9, Deadline: -3,
		Number: 4, Active: true, Value: -6, Percent: 100}),
	"kind of the future": sample(Transaction, scp.Message{Kind: 99, Index: 1}),
}

func sample(t Type, m scp.Message) (s struct {
	bytes []byte
	want  Frame
}) {
	s.bytes, s.want = AppendMessage(nil, &m), Frame{Type: t, Message: m}
	return s
}

func TestFramesComeBackAsSent(t *testing.T) {
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			got := Frame{Tag: 99, Message: scp.Message{Tag: 99, Text: "of the frame before"}}
			n, err := Decode(append(s.bytes, 0xff), &got)
			if err != nil || n != len(s.bytes) {
				t.Fatalf("Decode took %d of %d bytes: %v", n, len(s.bytes), err)
			}
			if !reflect.DeepEqual(got, s.want) {
				t.Errorf("got  %+v\nwant %+v", got, s.want)
			}
		})
	}
}

func TestPartOfAFrameWaitsForTheRest(t *testing.T) {
	for name, s := range samples {
		for i := range s.bytes {
			if n, err := Decode(s.bytes[:i], new(Frame)); n != 0 || err != nil {
				t.Fatalf("%s: %d of %d bytes: took %d: %v", name, i, len(s.bytes), n, err)
			}
		}
	}
}

func TestMalformedFramesAreRefused(t *testing.T) {
	hello := func(change func(*scp.Identity)) []byte {
		id := identity
		change(&id)
		return AppendHello(nil, 5, &id)
	}
	reply := func(m scp.Message) []byte {
		m.Kind = scp.CommandReply
		return AppendMessage(nil, &m)
	}
	for name, b := range map[string][]byte{
		"nothing":              {0, 0},
		"oversize":             {0x03, 0xff, byte(Poll)},
		"unknown type":         {0, 1, 77},
		"too long":             {0, 2, byte(Poll), 0},
		"too short":            {0, 2, byte(Reply), 0},
		"number over 32 bit":   append([]byte{0, 6, byte(Command)}, 0xff, 0xff, 0xff, 0xff, 0x1f),
		"number over 64 bit":   append([]byte{0, 12, byte(Command)}, bytes.Repeat([]byte{0xff}, 11)...),
		"other version":        {0, 2, byte(Hello), Version + 1},
		"no serial":            hello(func(id *scp.Identity) { id.Serial = 0 }),
		"serial over 63 bit":   hello(func(id *scp.Identity) { id.Serial = 1 << 63 }),
		"MAC in capitals":      hello(func(id *scp.Identity) { id.MAC = "02C0DE00EFB4" }),
		"MAC too short":        hello(func(id *scp.Identity) { id.MAC = "00" }),
		"model too long":       hello(func(id *scp.Identity) { id.Model = strings.Repeat("x", MaxText+1) }),
		"model not UTF-8":      hello(func(id *scp.Identity) { id.Model = "\xff" }),
		"model with NUL":       hello(func(id *scp.Identity) { id.Model = "a\x00b" }),
		"log upside down":      hello(func(id *scp.Identity) { id.Oldest = id.Newest + 2 }),
		"log from 0":           hello(func(id *scp.Identity) { id.Oldest = 0 }),
		"no interval":          AppendWelcome(nil, 0),
		"command without tag":  AppendCommand(nil, 0, "311 0 2"),
		"command without line": AppendCommand(nil, 1, ""),
		"line too long":        AppendCommand(nil, 1, strings.Repeat("1", scp.MaxLine+1)),
		"reply without tag":    reply(scp.Message{Result: scp.ReplyOK}),
		"reply without result": reply(scp.Message{Tag: 1}),
		"unknown result":       reply(scp.Message{Tag: 1, Result: 4}),
		"no index":             AppendMessage(nil, &scp.Message{Kind: scp.PanelBoot}),
		"not a transaction":    AppendMessage(nil, &scp.Message{Kind: scp.CommOffline, Index: 1}),
	} {
		t.Run(name, func(t *testing.T) {
			n, err := Decode(b, new(Frame))
			if err == nil || !strings.HasPrefix(err.Error(), "malformed ") {
				t.Fatalf("took %d bytes: %v", n, err)
			}
			if len(err.Error()) > MaxText {
				t.Errorf("%q does not fit in the header's cause", err)
			}
		})
	}
}

func TestHotFramesDoNotAllocate(t *testing.T) {
	m := samples["transaction"].want.Message
	b := make([]byte, 0, MaxFrame)
	var f Frame
	allocated := testing.AllocsPerRun(100, func() {
		b = AppendCommand(AppendPoll(AppendMessage(b[:0], &m)), 7, "311 0 2")
		for rest := b; len(rest) > 0; {
			n, err := Decode(rest, &f)
			if err != nil || n == 0 {
				t.Fatal(n, err)
			}
			rest = rest[n:]
		}
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

// What Decode accepts stays within the header's bounds, and is the same after it was sent on.
func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add(s.bytes)
	}
	f.Add([]byte{0, 0})
	f.Add([]byte{0x03, 0xff, byte(Transaction)})
	f.Fuzz(func(t *testing.T, b []byte) {
		var first, second Frame
		n, err := Decode(b, &first)
		if n == 0 {
			return
		}
		if err != nil || n > len(b) || n > MaxFrame {
			t.Fatalf("took %d of %d bytes: %v", n, len(b), err)
		}
		if _, err := Decode(encode(&first), &second); err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("sent on: %v\nfirst  %+v\nsecond %+v", err, first, second)
		}
	})
}

func encode(f *Frame) []byte {
	switch f.Type {
	case Hello:
		return AppendHello(nil, f.Message.Time, f.Message.Identity)
	case Welcome:
		return AppendWelcome(nil, f.PollEvery)
	case Poll:
		return AppendPoll(nil)
	case Answer:
		return AppendAnswer(nil)
	case Command:
		return AppendCommand(nil, f.Tag, string(f.Line))
	default:
		return AppendMessage(nil, &f.Message)
	}
}
