//go:build !mpl

package cvendor_test

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	_ "mercury-driver/sim/libmpl"
	"mercury-driver/sim/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const channel = 0

// site is an open library, its channel on a port of this machine, and the panels that dial in.
type site struct {
	*cvendor.Library
	t     testing.TB
	port  int
	batch [cvendor.MaxBatch]scp.Message
}

func open(t testing.TB) *site {
	t.Helper()
	library, err := cvendor.Open(channel)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Library: library, t: t, port: freePort(t)}
	t.Cleanup(s.close)
	if _, err := s.Post(0, scp.Command{Target: channel, Action: scp.OpenChannel{Port: uint32(s.port)}}, scp.Terms{}); err != nil {
		t.Fatal(err)
	}
	return s
}

func freePort(t testing.TB) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// reopen makes another library of one that was closed; its channel stayed open.
func (s *site) reopen() {
	s.t.Helper()
	library, err := cvendor.Open(channel)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Library = library
}

// close closes the channel and drains what is left, so that the next test finds nothing of this one.
func (s *site) close() {
	if _, err := s.Post(0, scp.Command{Target: channel, Action: scp.CloseChannel{}}, scp.Terms{}); err != nil {
		s.t.Error(err)
	}
	for n := 1; n > 0; {
		n, _ = s.Drain(s.batch[:], 0, false)
	}
	s.Close()
}

// next drains one message, which must be of that kind.
func (s *site) next(kind scp.Kind) scp.Message {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		n, err := s.Drain(s.batch[:1], time.Second, true)
		if err != nil {
			s.t.Fatal(err)
		}
		if n == 1 && s.batch[0].Kind != kind {
			s.t.Fatalf("got %v %+v, want %v", s.batch[0].Kind, s.batch[0], kind)
		}
		if n == 1 {
			return s.batch[0]
		}
	}
	s.t.Fatalf("no %v came", kind)
	return scp.Message{}
}

// panel is the far end of one link. It answers polls and, with OK, commands, until it is told to be mute.
type panel struct {
	t    testing.TB
	conn net.Conn
	scp.Identity
	number     int16 // scp
	attachment uint32
	reader     sync.WaitGroup

	mu    sync.Mutex // of writing, and of what follows
	quiet bool
	told  []string // lines
}

// dial attaches a panel, and drains the messages that say so.
func (s *site) dial(serial uint64) *panel {
	s.t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		s.t.Fatal(err)
	}
	p := &panel{t: s.t, conn: conn, Identity: scp.Identity{Serial: serial, MAC: "00aabbccddee", Model: "PM-4",
		Firmware: "1.2.3", Readers: 4, Doors: 3, Inputs: 2, Outputs: 1, Cards: 1000, LogCapacity: 50_000, LogEpoch: 7,
		Oldest: 11, Newest: 99}}
	s.t.Cleanup(p.hangUp)
	p.send(link.AppendHello(nil, 5, &p.Identity))
	p.reader.Go(p.read)
	online := s.next(scp.CommOnline)
	p.number, p.attachment = online.SCP, online.Attachment
	if online.Text != conn.LocalAddr().String() || online.Attachment == 0 {
		s.t.Errorf("comm_online is %+v", online)
	}
	told := s.next(scp.IdentityTold)
	if told.SCP != p.number || told.Attachment != p.attachment || *told.Identity != p.Identity {
		s.t.Errorf("identity is %+v, %+v", told, told.Identity)
	}
	return p
}

func (p *panel) read() {
	reader := link.NewReader(p.conn)
	for frame := (link.Frame{}); reader.Next(&frame) == nil; {
		switch frame.Type {
		case link.Poll:
			p.answer(link.AppendAnswer(nil))
		case link.Command:
			p.hear(string(frame.Line))
			p.answer(link.AppendMessage(nil, &scp.Message{Kind: scp.CommandReply, Tag: frame.Tag, Result: scp.ReplyOK}))
		}
	}
}

func (p *panel) hear(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, line)
}

func (p *panel) answer(frame []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.quiet {
		_, _ = p.conn.Write(frame) // a link that is cut meanwhile is what some tests want
	}
}

func (p *panel) mute() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quiet = true
}

func (p *panel) send(frames []byte) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.conn.Write(frames); err != nil {
		p.t.Fatal(err)
	}
}

func (p *panel) hangUp() {
	p.conn.Close()
	p.reader.Wait()
}

// lines is what the panel was told so far.
func (p *panel) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.told)
}

// awaitLines returns when the panel was told that many lines.
func (p *panel) awaitLines(n int) {
	p.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); len(p.lines()) < n; runtime.Gosched() {
		if time.Now().After(deadline) {
			p.t.Fatalf("the panel was told %q, want %d lines", p.lines(), n)
		}
	}
}

// post posts an action to a panel, which must be accepted, and returns its tag.
func (s *site) post(p *panel, a scp.Action) (tag uint32) {
	s.t.Helper()
	tag, err := s.Post(p.attachment, scp.Command{Target: p.number, Action: a}, scp.Terms{})
	if err != nil || tag == 0 {
		s.t.Fatalf("%s: tag %d, %v", scp.Name(a), tag, err)
	}
	return tag
}

// refuses posts an action, which must fail with that code, and returns the error.
func (s *site) refuses(p *panel, a scp.Action, maxSilence time.Duration, code scp.Code) error {
	s.t.Helper()
	tag, err := s.Post(p.attachment, scp.Command{Target: p.number, Action: a}, scp.Terms{MaxSilence: maxSilence})
	if tag != 0 || !errors.Is(err, &scp.Error{Code: code}) {
		s.t.Fatalf("%s: tag %d, %v, want the code %q", scp.Name(a), tag, err, code)
	}
	return err
}
