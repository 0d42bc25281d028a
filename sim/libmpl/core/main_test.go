package core

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

func TestMain(m *testing.M) {
	if address, panels, other := strings.Cut(os.Getenv(dialler), " "); other {
		n, _ := strconv.Atoi(panels)
		dialIdlePanels(address, n)
		return
	}
	goleak.VerifyTestMain(m)
}

// stage is a library stepped by one thread: no goroutine, no socket, and a clock that stands still.
type stage struct {
	*Library
	t        *testing.T
	now      time.Time
	breaches []string
	closed   bool // the channel's port
}

func newStage(t *testing.T, options Options) *stage {
	s := &stage{t: t, now: time.Unix(1_700_000_000, 0)}
	options.Now = func() time.Time { return s.now }
	options.Open = func(*Library, int16, uint32) (Port, error) { return s, nil }
	options.Breach = func(text string) { s.breaches = append(s.breaches, text) }
	s.Library = New(options)
	s.accepted("9001 0 5001")
	return s
}

func (s *stage) Close() { s.closed = true }

// accepted posts lines that must be accepted.
func (s *stage) accepted(lines ...string) {
	s.t.Helper()
	for _, line := range lines {
		if err := s.Config(line); err != nil {
			s.t.Errorf("%q: %v", line, err)
		}
	}
}

// refused posts a line that must not be, for that reason.
func (s *stage) refused(line, why string) {
	s.t.Helper()
	if err := s.Config(line); err == nil || err.Error() != why {
		s.t.Errorf("%q: %v, not %q", line, err, why)
	}
}

// all takes every message that waits.
func (s *stage) all() (messages []scp.Message) {
	var m scp.Message
	for s.GetMessage(0, &m) {
		messages = append(messages, m)
	}
	return messages
}

// sees asserts the kinds of all messages that wait, and returns the last.
func (s *stage) sees(want ...scp.Kind) scp.Message {
	s.t.Helper()
	var got []scp.Kind
	messages := s.all()
	for _, m := range messages {
		got = append(got, m.Kind)
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("saw %v, not %v", got, want)
	}
	if len(messages) == 0 {
		return scp.Message{}
	}
	return messages[len(messages)-1]
}

// panel is the other end of a link: what it says is taken at once, what it is told is kept.
type panel struct {
	s       *stage
	link    *Link
	told    []byte
	room    int // bytes that it lets wait
	aborted bool
}

func (p *panel) Send(frames []byte) bool {
	if p.aborted || len(p.told)+len(frames) > p.room {
		return false
	}
	p.told = append(p.told, frames...)
	return true
}

func (p *panel) Abort() { p.aborted = true }

// dial attaches a panel that has not said hello.
func (s *stage) dial() *panel {
	s.t.Helper()
	p := &panel{s: s, room: 4096}
	l, err := s.Attach(0, "192.0.2.1:4001", "1.3", p)
	if err != nil {
		s.t.Fatal(err)
	}
	p.link = l
	return p
}

// online attaches a panel, and takes the messages that say so.
func (s *stage) online(serial uint64) *panel {
	s.t.Helper()
	p := s.dial()
	p.says(hello(serial))
	s.sees(scp.CommOnline, scp.IdentityTold)
	p.hears(link.Welcome)
	return p
}

// says hands bytes to the library; it must take them all while the link lives.
func (p *panel) says(b []byte) {
	p.s.t.Helper()
	if n, err := p.link.Take(b); n != len(b) && !p.aborted {
		p.s.t.Fatalf("took %d of %d bytes: %v", n, len(b), err)
	}
}

// hears asserts the types of all frames that it was told, and returns the last.
func (p *panel) hears(want ...link.Type) (f link.Frame) {
	p.s.t.Helper()
	var got []link.Type
	for rest := p.told; len(rest) > 0; {
		n, err := link.Decode(rest, &f)
		if n == 0 {
			p.s.t.Fatal("the library sent no frame: ", err)
		}
		got, rest = append(got, f.Type), rest[n:]
	}
	if !slices.Equal(got, want) {
		p.s.t.Fatalf("was told %v, not %v", got, want)
	}
	p.told = nil
	return f
}

func hello(serial uint64) []byte {
	return link.AppendHello(nil, 0, &scp.Identity{Serial: serial, Oldest: 1})
}

func transaction(epoch uint32, index uint64) []byte {
	return link.AppendMessage(nil, &scp.Message{Kind: scp.DoorPosition, LogEpoch: epoch, Index: index})
}

func reply(tag uint32, result scp.Result) []byte {
	return link.AppendMessage(nil, &scp.Message{Kind: scp.CommandReply, Tag: tag, Result: result})
}
