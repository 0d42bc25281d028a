// Package link is the wire between simulated controllers and the simulated controller library: what
// a frame is, how it is written and read, and the two ends that carry frames over a net.Conn. The wire is
// ours alone; nothing of it is meant to look like a real controller's.
//
// A frame is a length (two bytes, big endian, of what follows), a type (one byte) and a body. The
// controller speaks first with a Hello, the library answers with a Welcome. From then on the library
// sends Poll and Command, the controller Answer, Reply, Transaction and Log. The library polls every
// Welcome.PollEvery, so either side can tell a silent link from an idle one: see Silence.
//
// The package refuses whatever does not fit: a frame over MaxFrame, an unknown type, a body that is too
// short, too long, or holds a value that the header (cvendor/include/scp_net.h) does not allow. Such an
// error is final for that one link. Commands carry no deadline, because the real wire has none.
package link

import (
	"encoding/binary"
	"fmt"
	"time"

	"mercury-driver/cvendor/scp"
)

const (
	// Version is what a Hello must name.
	Version = 1
	// MaxFrame is the most bytes of a frame, its length included.
	MaxFrame = 1024
	// MaxText is the most bytes of a text in a frame (the header's char[64] less its NUL).
	MaxText = 63

	head = 2 // the bytes of a frame's length
)

// Type is what a frame is.
type Type byte

// The types of frames.
const (
	Hello       Type = 1 // controller: who it is; the first frame
	Welcome     Type = 2 // library: it may go on
	Poll        Type = 3 // library: still there?
	Answer      Type = 4 // controller: yes
	Command     Type = 5 // library: a command line and its tag
	Reply       Type = 6 // controller: how a command ended
	Transaction Type = 7 // controller: an entry of its log
	Log         Type = 8 // controller: how full its log is
)

var typeNames = [...]string{Hello: "hello", Welcome: "welcome", Poll: "poll", Answer: "answer",
	Command: "command", Reply: "reply", Transaction: "transaction", Log: "log"}

func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", byte(t))
}

// Frame is one decoded frame, to be used again for the next one. Only the fields of its Type count.
type Frame struct {
	Type Type
	// Command: its tag, from 1, and its line, which is valid as long as the bytes it was read from.
	Tag  uint32
	Line []byte
	// Welcome: how often the library polls.
	PollEvery time.Duration
	// Hello (IdentityTold, with Identity set), Reply, Transaction and Log. SCP and Attachment
	// are not on the wire.
	Message scp.Message
}

// Silence is how long a link may go without any frame before it counts as dead, on either side.
func Silence(pollEvery time.Duration) time.Duration { return 3 * pollEvery }

// split takes the first frame off b: its type, its body, and how many bytes it has; 0 when b holds
// only a part of it.
func split(b []byte) (t Type, body []byte, n int, err error) {
	if len(b) < head {
		return 0, nil, 0, nil
	}
	n = head + int(binary.BigEndian.Uint16(b))
	if n == head || n > MaxFrame {
		return 0, nil, 0, fmt.Errorf("malformed frame: a length of %d bytes", n-head)
	}
	if len(b) < n {
		return 0, nil, 0, nil
	}
	return Type(b[head]), b[head+1 : n], n, nil
}
