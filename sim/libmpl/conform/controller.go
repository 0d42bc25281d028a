package conform

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// controller is the least that a library takes for one: it says what it is told to say, keeps what it
// hears, and answers polls unless it is mute.
type controller struct {
	t     *testing.T
	conn  net.Conn
	mute  bool
	heard chan link.Frame // but polls; closed when the link ended
	ended error
}

func (s *stage) dial() *controller { return s.dialMute(false) }

func (s *stage) dialMute(mute bool) *controller {
	s.t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		s.t.Fatal(err)
	}
	c := &controller{t: s.t, conn: conn, mute: mute, heard: make(chan link.Frame, 100)}
	go c.listen()
	s.t.Cleanup(func() {
		conn.Close()
		for range c.heard { // until listen has ended
		}
	})
	return c
}

func (c *controller) listen() {
	defer close(c.heard)
	r := link.NewReader(c.conn)
	for {
		var f link.Frame
		if c.ended = r.Next(&f); c.ended != nil {
			return
		}
		if f.Type != link.Poll {
			f.Line = []byte(string(f.Line)) // the reader's buffer is used again
			c.heard <- f
		} else if !c.mute {
			c.conn.Write(link.AppendAnswer(nil))
		}
	}
}

// hears waits for the next frame but polls, which must be of that type.
func (c *controller) hears(want link.Type) link.Frame {
	c.t.Helper()
	select {
	case f, open := <-c.heard:
		if !open || f.Type != want {
			c.t.Fatalf("heard %+v, link open %v, not a %v", f, open, want)
		}
		return f
	case <-time.After(patience):
		c.t.Fatalf("heard no %v", want)
		return link.Frame{}
	}
}

// isCut waits for the end of the link, which must be a reset: unsent bytes were discarded.
func (c *controller) isCut() {
	c.t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case f, open := <-c.heard:
			if open {
				c.t.Errorf("heard %+v before the end", f)
				continue
			}
			if !errors.Is(c.ended, syscall.ECONNRESET) {
				c.t.Errorf("the link ended with %v", c.ended)
			}
			return
		case <-deadline:
			c.t.Fatal("the link did not end")
		}
	}
}

func (c *controller) hello(serial uint64) { c.write(link.AppendHello(nil, helloTime, who(serial))) }

// helloTime is what the clock of every controller shows at its hello.
const helloTime = 1_700_000_000_123_456_789

// who is what a controller tells about itself, with every text as long as it may be.
func who(serial uint64) *scp.Identity {
	return &scp.Identity{Serial: serial, MAC: "02c0de00efb4",
		Model: strings.Repeat("m", link.MaxText), Firmware: strings.Repeat("ü", link.MaxText/2),
		Readers: 1, Doors: 2, Inputs: 3, Outputs: 4, Cards: 240_000, LogCapacity: 50_000,
		LogEpoch: 3, Oldest: 11, Newest: 60_010}
}

// says sends what a controller reports.
func (c *controller) says(messages ...scp.Message) {
	c.t.Helper()
	var b []byte
	for _, m := range messages {
		b = link.AppendMessage(b, &m)
	}
	c.write(b)
}

func (c *controller) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}
