package link

import (
	"fmt"
	"math"
	"time"

	"mercury-driver/cvendor/scp"
)

// Decode reads the first frame of b into f and returns how many bytes it has; 0 when b holds only a
// part of it. It allocates only for texts and for a Hello. An error is final: nothing after it can be
// trusted.
func Decode(b []byte, f *Frame) (n int, err error) {
	t, body, n, err := split(b)
	if n == 0 || err != nil {
		return 0, err
	}
	*f = Frame{Type: t}
	c := cursor{rest: body}
	f.read(&c)
	if c.bad == "" && len(c.rest) != 0 {
		c.bad = "too long"
	}
	if c.bad != "" {
		return 0, fmt.Errorf("malformed %s frame: %s", t, c.bad)
	}
	return n, nil
}

func (f *Frame) read(c *cursor) {
	switch f.Type {
	case Hello:
		readHello(c, &f.Message)
	case Welcome:
		f.PollEvery = time.Duration(c.uint32()) * time.Millisecond
		c.check(f.PollEvery > 0, "no poll interval")
	case Poll, Answer:
	case Command:
		f.Tag = c.tag()
		f.Line = c.line()
	case Reply:
		readReply(c, &f.Message)
	case Transaction:
		readTransaction(c, &f.Message)
	case Log:
		readLog(c, &f.Message)
	default:
		c.spoil("unknown")
	}
}

func readHello(c *cursor, m *scp.Message) {
	c.check(c.byte() == Version, "another version of this wire")
	m.Kind = scp.IdentityTold
	m.Time = c.varint()
	m.Identity = readIdentity(c)
}

func readIdentity(c *cursor) *scp.Identity {
	id := &scp.Identity{Serial: c.uint64(), MAC: c.text(), Model: c.text(), Firmware: c.text()}
	for _, n := range [...]*uint32{&id.Readers, &id.Doors, &id.Inputs, &id.Outputs, &id.Cards, &id.LogCapacity, &id.LogEpoch} {
		*n = c.uint32()
	}
	id.Oldest, id.Newest = c.uint64(), c.uint64()
	c.check(id.Serial >= 1 && id.Serial <= math.MaxInt64, "no serial")
	c.check(validMAC(id.MAC), "no MAC address")
	c.check(id.Oldest >= 1 && id.Oldest-1 <= id.Newest, "no log range")
	return id
}

func readReply(c *cursor, m *scp.Message) {
	m.Kind = scp.CommandReply
	m.Time = c.varint()
	m.Tag = c.tag()
	m.Result = scp.Result(c.int32())
	m.NAK = scp.NAK(c.int32())
	m.Text = c.text()
	c.check(m.Result >= scp.ReplyOK && m.Result <= scp.ReplyFailed, "no result")
}

func readLog(c *cursor, m *scp.Message) {
	m.Kind = scp.Kind(c.int32())
	m.Time = c.varint()
	m.Log = scp.LogFill{Capacity: c.uint32(), Unread: c.uint32(), Overwritten: c.uint64()}
	c.check(m.Kind == scp.LogStatus || m.Kind == scp.LogNearFull, "no such kind")
}

func readTransaction(c *cursor, m *scp.Message) {
	m.Kind = scp.Kind(c.int32())
	m.Time = c.varint()
	m.LogEpoch, m.Index = c.uint32(), c.uint64()
	m.Reader, m.Door, m.Card = c.uint32(), c.uint32(), c.uint64()
	m.Bits, m.Request, m.Deadline = c.uint32(), c.uint32(), c.varint()
	m.Number, m.Active = c.uint32(), c.flag()
	m.Value, m.Percent = c.int32(), c.uint32()
	c.check(m.Kind.Transaction(), "no such kind")
	c.check(m.Index >= 1, "no index")
}

func validMAC(mac string) bool {
	for _, d := range []byte(mac) {
		if (d < '0' || d > '9') && (d < 'a' || d > 'f') {
			return false
		}
	}
	return len(mac) == 0 || len(mac) == 12
}
