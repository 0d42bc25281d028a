package scp

import (
	"errors"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// golden has each action with the line that the header's table asks for.
var golden = []struct {
	line   string
	name   string
	target int16
	action Action
}{
	{"309 3 2 1", "mask forced", 3, MaskForced{Door: 2, Masked: true}},
	{"309 3 2 0", "mask forced", 3, MaskForced{Door: 2}},
	{"310 3 2 1", "mask held", 3, MaskHeld{Door: 2, Masked: true}},
	{"311 3 2", "unlock", 3, Unlock{Door: 2}},
	{"9001 0 5001", "open channel", 0, OpenChannel{Port: 5001}},
	{"9002 0", "close channel", 0, CloseChannel{}},
	{"9003 3", "accept", 3, Accept{}},
	{"9004 3", "refuse", 3, Refuse{}},
	{"9010 3 2 5", "door mode", 3, DoorMode{Door: 2, Mode: 5}},
	{"9011 3 8 3 1500", "output", 3, Output{Output: 8, Action: 3, PulseMS: 1500}},
	{"9012 3 16 1", "mask input", 3, MaskInput{Input: 16, Masked: true}},
	{"9013 3 1 1", "area", 3, Area{Area: 1, Armed: true}},
	{"9013 3 1 0", "area", 3, Area{Area: 1}},
	{"9014 3 7 0", "procedure", 3, Procedure{Procedure: 7}},
	{"9014 3 7 1", "procedure", 3, Procedure{Procedure: 7, Abort: true}},
	{"9015 3 -9223372036854775808", "set time", 3, SetTime{Time: math.MinInt64}},
	{"9016 3 9223372036854775807 4711 18446744073709551615 -1 1700000000000000000", "put card", 3,
		PutCard{Card: math.MaxInt64, PIN: 4711, Doors: math.MaxUint64, From: -1, Until: 1_700_000_000_000_000_000}},
	{"9017 3 88", "delete card", 3, DeleteCard{Card: 88}},
	{"9018 3 4294967295 1", "host decision", 3, HostDecision{Request: math.MaxUint32, Grant: true}},
	{"9018 3 1 0", "host decision", 3, HostDecision{Request: 1}},
	{"9020 3 4294967295 18446744073709551615", "acknowledge log", 3,
		LogAcknowledge{LogPosition{Epoch: math.MaxUint32, Index: math.MaxUint64}}},
	{"9021 3 1 2", "rewind log", 3, LogRewind{LogPosition{Epoch: 1, Index: 2}}},
	{"9022 3 1 258", "report log", 3, LogReport{LogPosition{Epoch: 1, Index: 258}}},
	{"9023 3", "pause log", 3, LogPause{}},
	{"9024 3", "resume log", 3, LogResume{}},
	{"9030 32767", "status", math.MaxInt16, Status{}},
	{"9031 3 0", "reset", 3, Reset{}},
	{"9031 3 1", "reset", 3, Reset{Erase: true}},
	{"9032 3 v1.2_rc-3", "firmware", 3, Firmware{Version: "v1.2_rc-3"}},
	{"9033 3", "detach", 3, Detach{}},
}

func TestLines(t *testing.T) {
	for _, g := range golden {
		t.Run(g.line, func(t *testing.T) {
			c := Command{Target: g.target, Action: g.action}
			if line := string(c.AppendLine(nil)); line != g.line {
				t.Errorf("%#v is written %q", c, line)
			}
			if parsed, err := ParseCommand(g.line); parsed != c || err != nil {
				t.Errorf("read as %#v, %v", parsed, err)
			}
			if name := Name(g.action); name != g.name {
				t.Errorf("it is called %q, want %q", name, g.name)
			}
		})
	}
}

// The header is the contract: its table has the commands that this package has, with as many words.
func TestLinesAreThoseOfTheHeader(t *testing.T) {
	header, err := os.ReadFile("../include/scp_net.h")
	if err != nil {
		t.Fatal(err)
	}
	words := map[int]int{} // in a line, by command number
	for _, row := range regexp.MustCompile(`(?m)^ \*   (\d+) +((?:<\S+> ?)+)`).FindAllStringSubmatch(string(header), -1) {
		number, _ := strconv.Atoi(row[1])
		words[number] = 1 + len(strings.Fields(row[2]))
	}
	seen := map[int]int{}
	for _, g := range golden {
		seen[g.action.Number()] = len(strings.Fields(g.line))
	}
	if !maps.Equal(seen, words) {
		t.Errorf("golden lines have %v, the header %v (words by number)", seen, words)
	}
	if have, want := slices.Sorted(maps.Keys(actions)), slices.Sorted(maps.Keys(words)); !slices.Equal(have, want) {
		t.Errorf("the table of actions has %v, the header %v", have, want)
	}
}

func TestParseCommandRefuses(t *testing.T) {
	tests := []struct{ name, line, text string }{
		{"nothing", "", "no such command number"},
		{"a word for a number", "unlock 3 2", "no such command number"},
		{"a number that is none of ours", "9999 3", "no such command number"},
		{"a number beyond its range", "70000 3", "no such command number"},
		{"no controller", "311", "unlock: too few words"},
		{"a negative controller", "311 -1 2", "unlock: a number out of its range"},
		{"a controller beyond a short", "311 32768 2", "unlock: a number out of its range"},
		{"a word missing", "311 3", "unlock: too few words"},
		{"a word too many", "311 3 2 1", "unlock: too many words"},
		{"two blanks", "311  3 2", "unlock: a number out of its range"},
		{"a blank at the end", "311 3 2 ", "unlock: too many words"},
		{"an end of line", "311 3 2\n", "unlock: a number out of its range"},
		{"a NUL", "311 3 2\x00", "unlock: a number out of its range"},
		{"a door beyond 32 bits", "311 3 4294967296", "unlock: a number out of its range"},
		{"neither 0 nor 1", "309 3 2 2", "mask forced: a number out of its range"},
		{"the first of two faults", "309 3 x", "mask forced: a number out of its range"},
		{"mode 0", "9010 3 2 0", "door mode: a number out of its range"},
		{"mode 6", "9010 3 2 6", "door mode: a number out of its range"},
		{"action 4", "9011 3 8 4 0", "output: a number out of its range"},
		{"a pulse above an hour", "9011 3 8 3 3600001", "output: a number out of its range"},
		{"port 65536", "9001 0 65536", "open channel: a number out of its range"},
		{"card 0", "9017 3 0", "delete card: a number out of its range"},
		{"a PIN of nine digits", "9016 3 1 123456789 1 0 0", "put card: a number out of its range"},
		{"an index below 0", "9020 3 1 -1", "acknowledge log: a number out of its range"},
		{"an index beyond 64 bits", "9020 3 1 18446744073709551616", "acknowledge log: a number out of its range"},
		{"no firmware version", "9032 3 ", "firmware: no firmware version"},
		{"a slash in a firmware version", "9032 3 ../v1", "firmware: no firmware version"},
		{"a firmware version of 33 bytes", "9032 3 " + strings.Repeat("1", 33), "firmware: no firmware version"},
		{"256 bytes", "9032 3 " + strings.Repeat("1", 249), "a line of more than 255 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseCommand(test.line)
			if c != (Command{}) || !errors.Is(err, &Error{Code: Malformed}) {
				t.Fatalf("%q is read as %#v, %v", test.line, c, err)
			}
			if want := "read command line: malformed: " + test.text; err.Error() != want {
				t.Errorf("error is %q, want %q", err, want)
			}
		})
	}
}

func TestPINIsNotShown(t *testing.T) {
	c := Command{Target: 3, Action: PutCard{Card: 5, PIN: 4711, Doors: 1}}
	if want := "9016 3 5 0 1 0 0"; c.String() != want {
		t.Errorf("shown as %q, want %q", c, want)
	}
	if _, err := ParseCommand("9016 3 5 4711 1 0 soon"); err == nil || strings.Contains(err.Error(), "4711") {
		t.Errorf("the error of a bad line with a PIN is %q", err)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, g := range golden {
		f.Add(g.line)
	}
	f.Add("311 +3 02")
	f.Add("9032 3 \xff")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := ParseCommand(line)
		if err != nil {
			if c != (Command{}) || !errors.Is(err, &Error{Code: Malformed}) {
				t.Fatalf("%q: %#v, %v", line, c, err)
			}
			return
		}
		written := c.AppendLine(nil)
		if len(written) > MaxLine {
			t.Fatalf("%q is written with %d bytes", line, len(written))
		}
		if again, err := ParseCommand(string(written)); again != c || err != nil {
			t.Fatalf("%q is written %q, and read as %#v, %v", line, written, again, err)
		}
	})
}
