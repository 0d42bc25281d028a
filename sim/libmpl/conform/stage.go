package conform

import (
	"fmt"
	"net"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// patience is how long the suite waits for what must come.
const patience = 10 * time.Second

// stage is one library with channel 0 open on a port of its own.
type stage struct {
	t    *testing.T
	lib  Library
	port int
}

func newStage(t *testing.T, lib Library) *stage {
	s := &stage{t: t, lib: lib, port: freePort(t)}
	s.accepted(fmt.Sprintf("9001 0 %d", s.port))
	t.Cleanup(s.close)
	return s
}

// close closes the channel and takes what is left, so that the next stage starts with nothing.
func (s *stage) close() {
	s.accepted("9002 0")
	for m := new(scp.Message); s.lib.GetMessage(0, m); {
	}
}

// freePort is a TCP port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func (s *stage) accepted(lines ...string) {
	s.t.Helper()
	for _, line := range lines {
		if text, ok := s.lib.Config(line); !ok {
			s.t.Fatalf("%q was not accepted: %s", line, text)
		}
	}
}

// next waits for the next message, which must be of that kind and that controller.
func (s *stage) next(kind scp.Kind, number int16) (m scp.Message) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !s.lib.GetMessage(0, &m); s.lib.Wait(0, time.Second) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no %v of scp %d", kind, number)
		}
	}
	if m.Kind != kind || m.SCP != number {
		s.t.Fatalf("%v of scp %d came: %+v; %v of scp %d was due", m.Kind, m.SCP, m, kind, number)
	}
	m.Attachment = 0
	return m
}

// online dials, says hello, and takes the messages that say so.
func (s *stage) online(serial uint64, number int16) *controller {
	s.t.Helper()
	c := s.dial()
	c.hello(serial)
	s.next(scp.CommOnline, number)
	s.next(scp.IdentityTold, number)
	c.hears(link.Welcome)
	return c
}

// report has a controller told to report without a bound.
func (s *stage) report(c *controller, number int16) {
	s.t.Helper()
	s.accepted(fmt.Sprintf("9024 %d", number))
	c.says(scp.Message{Kind: scp.CommandReply, Tag: c.hears(link.Command).Tag, Result: scp.ReplyOK})
	s.next(scp.CommandReply, number)
}
