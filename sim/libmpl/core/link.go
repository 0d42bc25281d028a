package core

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// ErrFull: the queue of messages has no room, hand the rest of the bytes to Take again when it has.
var ErrFull = errors.New("the message queue is full")

var errEnded = errors.New("the link has ended")

// Wire is the connection below one link. It is called with the link's mutex held: it must not block,
// nor call back.
type Wire interface {
	// Send takes whole frames, which are the caller's again when it returns; false: it took nothing,
	// because too much waits already, or because the connection ended.
	Send(frames []byte) bool
	// Abort ends the connection and discards what was not sent yet.
	Abort()
}

// Link is the library's end of one controller's connection, up to its end: a controller that
// dials again gets a new one. One goroutine at a time calls Take, any calls Lost.
type Link struct {
	channel *channel
	wire    Wire
	peer    string
	tls     string
	place   int // in the channel

	// The thread of GetMessage: the number it gave the link, and how often that was given out.
	scp        int16
	attachment uint32

	heard atomic.Int64 // when the last whole frame came, as the library's age
	ended atomic.Bool  // set with the mutex held

	mu      sync.Mutex
	greeted bool   // it said hello
	stalled bool   // bytes wait for room in the queue
	tag     uint32 // of the last accepted command
	window  window
}

// Take steps the link with bytes from the controller. It returns how many it took: all but a part of a
// frame, which is handed in again with what comes after it; or none with ErrFull. Any other error says
// that the link has ended.
func (l *Link) Take(b []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stalled = !l.channel.queue.room(); l.stalled && !l.ended.Load() {
		return 0, ErrFull
	}
	if n = l.frames(b); n > 0 {
		l.heard.Store(int64(l.channel.lib.elapsed()))
	}
	if l.ended.Load() {
		return n, errEnded
	}
	return n, nil
}

// frames takes all whole frames of b, or those up to the link's end.
func (l *Link) frames(b []byte) (n int) {
	var f link.Frame
	for !l.ended.Load() {
		size, err := link.Decode(b[n:], &f)
		switch {
		case err != nil:
			l.malformed(err.Error())
		case size == 0:
			return n
		default:
			l.step(&f)
		}
		n += size
	}
	return n
}

// step takes one frame.
func (l *Link) step(f *link.Frame) {
	switch {
	case f.Type == link.Hello && !l.greeted:
		l.greet(&f.Message)
	case !l.greeted:
		l.malformed(f.Type.String() + " frame before the hello")
	case f.Type == link.Answer:
	case f.Type == link.Log:
		l.push(&f.Message)
	case f.Type == link.Reply:
		l.reply(&f.Message)
	case f.Type == link.Transaction:
		l.transaction(&f.Message)
	default:
		l.malformed("unexpected " + f.Type.String() + " frame")
	}
}

func (l *Link) greet(identity *scp.Message) {
	lib := l.channel.lib
	l.greeted = true
	l.wire.Send(link.AppendWelcome(nil, lib.options.PollEvery))
	l.push(&scp.Message{Kind: scp.CommOnline, Time: lib.options.Now().UnixNano(), Text: l.peer, TLS: l.tls})
	l.push(identity)
}

func (l *Link) reply(m *scp.Message) {
	if m.Tag > l.tag {
		l.malformed(fmt.Sprintf("reply to tag %d, which was never given", m.Tag))
		return
	}
	l.window.answered(m.Tag, m.Result == scp.ReplyOK)
	l.push(m)
}

func (l *Link) transaction(m *scp.Message) {
	if !l.window.holds(m.LogEpoch, m.Index) {
		l.channel.lib.counts.overruns.Add(1)
		l.end(fmt.Sprintf("reported beyond its window: %d/%d", m.LogEpoch, m.Index))
		return
	}
	l.push(m)
}

// Lost tells that the connection ended, and why. The first cause counts.
func (l *Link) Lost(cause string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end(cause)
}

func (l *Link) malformed(cause string) {
	l.channel.lib.counts.malformed.Add(1)
	l.end(cause)
}

// end ends the link, once. The mutex is held.
func (l *Link) end(cause string) {
	if l.ended.Swap(true) {
		return
	}
	l.wire.Abort()
	l.channel.leave(l)
	if l.greeted {
		l.push(&scp.Message{Kind: scp.CommOffline, Time: l.channel.lib.options.Now().UnixNano(), Text: clip(cause)})
	} else {
		l.channel.lib.links.Add(-1)
	}
	l.channel.queue.wakeStalled()
}

func (l *Link) push(m *scp.Message) { l.channel.queue.push(l, m) }

var poll = link.AppendPoll(nil)

// tick polls the controller, or gives it up.
func (l *Link) tick() {
	lib := l.channel.lib
	l.mu.Lock()
	defer l.mu.Unlock()
	silent := lib.elapsed() - time.Duration(max(l.heard.Load(), l.channel.listened.Load()))
	switch {
	case l.ended.Load():
	case silent >= link.Silence(lib.options.PollEvery) && !l.stalled:
		l.end("silent")
	case l.greeted:
		l.wire.Send(poll) // not taken: a poll among too many bytes would tell nothing
	}
}

// clip cuts a text to what the header has room for.
func clip(text string) string {
	if len(text) > link.MaxText {
		text = strings.ToValidUTF8(text[:link.MaxText], "")
	}
	return text
}
