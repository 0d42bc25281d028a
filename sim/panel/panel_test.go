package panel

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// noon is when tests begin, in panel time and in theirs.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Cards of the tests: ada opens all doors, ben door 1 only, eve was valid until noon.
const ada, ben, eve, nobody = 1001, 1002, 1003, 9999

var testCards = map[uint64]Card{
	ada: {PIN: 1234, Doors: 0b1111},
	ben: {Doors: 0b0001},
	eve: {Doors: 0b1111, Until: noon.UnixNano()},
}

// witness is a Recorder that keeps what it was told.
type witness struct {
	entries  []Entry
	executed []Execution
	memories []Memory
}

func (w *witness) Logged(e Entry)       { w.entries = append(w.entries, e) }
func (w *witness) Executed(x Execution) { w.executed = append(w.executed, x) }
func (w *witness) Remember(m Memory)    { w.memories = append(w.memories, m) }

// bench is a started panel, its witness, and the tag of its last command.
type bench struct {
	*Panel
	*witness
	tag uint32
}

// newBench starts a panel at noon; what it logged by that is forgotten by the witness.
func newBench(change ...func(*Options)) *bench {
	b := &bench{witness: &witness{}}
	opts := Options{Serial: 61364, Cards: testCards, Recorder: b.witness}
	for _, c := range change {
		c(&opts)
	}
	b.Panel = New(opts)
	b.Start(noon)
	b.LinkUp()
	b.entries = nil
	return b
}

func (b *bench) wait(d time.Duration) { b.Advance(b.now.Add(d)) }

// do executes commands, and returns how they were answered: "ok", "nak busy", "failed ...".
func (b *bench) do(actions ...scp.Action) (answers []string) {
	for _, a := range actions {
		b.tag++
		b.Execute(b.tag, scp.Command{Target: 7, Action: a})
	}
	for _, m := range b.drain() {
		if m.Kind == scp.CommandReply {
			answers = append(answers, describeReply(m))
		}
	}
	return answers
}

func (b *bench) drain() (sent []scp.Message) {
	for m, ok := b.Next(); ok; m, ok = b.Next() {
		sent = append(sent, m)
	}
	return sent
}

// logged takes what was logged since the last call.
func (b *bench) logged() (lines []string) {
	for _, e := range b.entries {
		lines = append(lines, describe(e))
	}
	b.entries = nil
	return lines
}

func describeReply(m scp.Message) string {
	switch m.Result {
	case scp.ReplyOK:
		return "ok"
	case scp.ReplyNAK:
		return "nak " + m.NAK.String()
	}
	return "failed " + m.Text
}

// describe writes an entry with the fields that are not zero: "access_denied reader 1 door 1 card 7 value 3".
func describe(e Entry) string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	for _, f := range []struct {
		name  string
		value uint64
	}{{"reader", uint64(e.Reader)}, {"door", uint64(e.Door)}, {"card", e.Card}, {"bits", uint64(e.Bits)},
		{"request", uint64(e.Request)}, {"number", uint64(e.Number)}, {"value", uint64(e.Value)},
		{"percent", uint64(e.Percent)}} {
		if f.value != 0 {
			fmt.Fprintf(&b, " %s %d", f.name, f.value)
		}
	}
	if e.Active {
		b.WriteString(" active")
	}
	return b.String()
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestIdentity(t *testing.T) {
	p := newBench()
	want := scp.Identity{Serial: 61364, MAC: "02000000efb4", Model: "SIM-4", Firmware: "1.0.0",
		Readers: 4, Doors: 4, Inputs: 8, Outputs: 4, Cards: 10_000, LogCapacity: 50_000,
		LogEpoch: 1, Oldest: 1, Newest: 1}
	if got := p.Identity(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := New(Options{Serial: 1}).Identity(); got.Oldest != 1 || got.Newest != 0 {
		t.Errorf("an empty log is %d to %d, want 1 to 0", got.Oldest, got.Newest)
	}
}
