package world

import (
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/driver/controller"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// line carries the bytes of a driver's stream to the vendor app, as Uplink.Run does: one stream after the other.
type line struct {
	driver *driver
	conn   *conn // nil between two streams
	stream *uplink.Stream[controller.Key]
	sender alarm
	pause  time.Duration
	asker  asker
}

const (
	mostUnder    = 64 // messages on their way in one stream: then the sender is blocked
	shortestWait = 100 * time.Millisecond
	longestWait  = 5 * time.Second
)

func (l *line) start(d *driver) {
	l.driver, l.sender = d, alarm{host: d.host, what: "send", do: l.send}
	l.asker.start(l)
}

// dial opens a stream.
func (l *line) dial() {
	d := l.driver
	w := d.world
	l.stream = d.uplink.Open(d.host.now(), d.handler)
	w.oracle.Dialled(d.instance)
	c := w.connect("stream "+d.instance, d.host, w.app.host, &w.mood.stream)
	l.conn = c
	c.down.take = func(m any) { l.take(c, m) }
	c.down.ended = func() { l.fail(c) }
	w.streams = append(w.streams, c)
	if w.app.host.up {
		w.app.accept(c)
		l.sender.soon()
	} else {
		w.after(w.latency(w.mood.stream), d.host, "stream refused", func() { l.fail(c) })
	}
	l.watch(c)
}

// send is the sender's turn: one message.
func (l *line) send() {
	c, d := l.conn, l.driver
	if c == nil {
		return
	}
	if len(c.up.under) >= mostUnder {
		l.sender.in(10 * time.Millisecond)
		return
	}
	now := d.host.now()
	m, ready := l.stream.Next(now)
	switch {
	case m != nil:
		m = l.written(m)
		d.world.oracle.Said(d.instance, m)
		d.world.tellMessage(d.host, "says", m)
		c.up.send(m)
		l.sender.soon()
	case !ready.IsZero():
		l.sender.in(ready.Sub(now))
	}
}

// written is a message as the app reads it. A batch has its events in its bytes alone, and those are the outbox's.
func (l *line) written(m *pb.ConnectRequest) *pb.ConnectRequest {
	if m.GetEvents() == nil {
		return m
	}
	read := new(pb.ConnectRequest)
	bytes, err := proto.Marshal(m)
	if err == nil {
		err = proto.Unmarshal(bytes, read)
	}
	if err != nil {
		l.driver.world.oracle.Fault("%s: a batch can't be read: %v", l.driver.instance, err)
	}
	return read
}

// watch ends a stream on which the app is silent for too long.
func (l *line) watch(c *conn) {
	if l.conn != c {
		return
	}
	d := l.driver
	left := l.stream.Deadline().Sub(d.host.now())
	if left <= 0 {
		l.fail(c)
		return
	}
	d.world.after(left, d.host, "watch stream", func() { l.watch(c) })
}

// take receives what the app sent.
func (l *line) take(c *conn, m any) {
	if l.conn != c {
		return
	}
	d := l.driver
	defer d.stepped()
	switch m := m.(type) {
	case *pb.ConnectResponse:
		d.world.oracle.Told(d.instance, m)
		d.world.tellMessage(d.host, "is told", m)
		d.granted = max(d.granted, m.GetWelcome().GetCredit(), m.GetCredit().GetTransactions())
		if err := l.stream.Receive(d.host.now(), m); err != nil {
			d.world.oracle.Fault("%s: the app's message is refused: %v", d.instance, err)
		}
		if m.GetWelcome() != nil {
			l.pause = 0
			l.asker.wake.soon()
		}
	case *answer:
		l.asker.take(m)
	}
}

// fail ends a stream, and opens the next one after a while.
func (l *line) fail(c *conn) {
	if l.conn != c {
		return
	}
	d := l.driver
	l.conn = nil
	c.close(c.up, false)
	l.stream.Close()
	l.asker.hangUp()
	d.stepped()
	l.pause = min(max(2*l.pause, 2*shortestWait), longestWait)
	d.world.after(d.world.between(shortestWait, l.pause), d.host, "dial stream", l.dial)
}
