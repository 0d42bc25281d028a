package fleet

import (
	"context"
	"net"
	"sync"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
	"mercury-driver/sim/panel"
)

// patience is how long a panel waits for its welcome.
const patience = 10 * time.Second

// enough: more bytes are not gathered for one write.
const enough = 4 * link.MaxFrame

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, enough+link.MaxFrame); return &b }}

// line is one link of a member. One goroutine reads; another writes while there is something to say, so
// that an idle panel costs a goroutine and no buffer.
type line struct {
	member  *Member
	address string
	conn    net.Conn
	silence time.Duration // without a frame for so long, the link is dead
	carrier sync.WaitGroup

	// The member's mutex guards these.
	welcome bool
	owes    bool // an answer to a poll
	sending bool
	leaving bool // the panel went down: it says nothing more, and hears nothing
}

// serve says hello and keeps the link until either side ends it, or ctx. It reports whether the panel
// dropped it; the error is errNoWelcome when the other side never took it.
func (m *Member) serve(ctx context.Context, conn net.Conn, address string) (dropped bool, err error) {
	l := &line{member: m, address: address, conn: conn, silence: patience}
	release := context.AfterFunc(ctx, func() { conn.Close() })
	defer release()
	defer l.end()
	conn.SetDeadline(time.Now().Add(patience))
	takeBack := m.fleet.dropLater(l)
	if hello := l.begin(); hello != nil {
		err = l.read(hello)
	}
	if takeBack() {
		return true, nil
	}
	return false, err
}

// begin makes the line the member's, and returns its hello; nil when the panel went down meanwhile.
func (l *line) begin() []byte {
	m := l.member
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.alarm == nil || m.err != nil || !m.panel.Up() {
		return nil
	}
	id := m.panel.Identity()
	m.panel.LinkUp()
	m.line = l
	return link.AppendHello(nil, m.panel.Clock().UnixNano(), &id)
}

// end takes the line away from its member, and waits for its writer.
func (l *line) end() {
	m := l.member
	m.mu.Lock()
	if m.line == l {
		m.line = nil
		m.panel.LinkDown()
	}
	m.mu.Unlock()
	l.conn.Close()
	l.carrier.Wait()
}

// read takes frames until the link ends. A frame that does not belong there ends it.
func (l *line) read(hello []byte) error {
	if _, err := l.conn.Write(hello); err != nil {
		return errNoWelcome
	}
	l.conn.SetWriteDeadline(time.Time{})
	r, f := link.NewReader(l.conn), link.Frame{}
	for r.Next(&f) == nil && l.take(&f) {
		if f.Type == link.Welcome {
			l.member.fleet.reach.welcome(l.address)
		}
	}
	return l.refused()
}

// refused is errNoWelcome when the panel waited for a welcome in vain.
func (l *line) refused() error {
	l.member.mu.Lock()
	defer l.member.mu.Unlock()
	if l.welcome || l.leaving {
		return nil
	}
	return errNoWelcome
}

// take acts on one frame; false ends the link.
func (l *line) take(f *link.Frame) bool {
	m := l.member
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case l.leaving:
		return true
	case f.Type == link.Welcome && !l.welcome:
		l.welcome, l.silence = true, link.Silence(f.PollEvery)
		m.links++
	case f.Type == link.Poll && l.welcome:
		l.owes = true
		l.send()
	case f.Type != link.Command || !l.welcome || !l.execute(f):
		return false
	}
	if !l.leaving {
		l.conn.SetReadDeadline(time.Now().Add(l.silence))
	}
	return true
}

func (l *line) execute(f *link.Frame) bool {
	m := l.member
	command, err := scp.ParseCommand(string(f.Line))
	if err != nil {
		return false
	}
	m.commands++
	busy := m.fleet.feignsBusy(m.chance, command.Action)
	m.step(func(p *panel.Panel) { p.Mishandle(f.Tag, command, panel.Mishap{Busy: busy}) })
	return true
}

// send starts the writer, when there is something to write and it does not run. The member's mutex is
// held; it does not block.
func (l *line) send() {
	if l.sending || l.leaving {
		return
	}
	b := buffers.Get().(*[]byte)
	if !l.gather(b) {
		buffers.Put(b)
		return
	}
	l.sending = true
	l.carrier.Go(func() { l.carry(b) })
}

// carry writes until there is nothing to say, or the link is broken.
func (l *line) carry(b *[]byte) {
	defer buffers.Put(b)
	for {
		if _, err := l.conn.Write(*b); err != nil {
			l.conn.Close()
			return
		}
		l.member.mu.Lock()
		more := l.gather(b)
		l.sending = more
		l.member.mu.Unlock()
		if !more {
			return
		}
	}
}

// gather puts what the panel says now into b; false: nothing. A panel that went down hangs up when it has
// said all. The member's mutex is held.
func (l *line) gather(b *[]byte) bool {
	p := l.member.panel
	*b = (*b)[:0]
	if l.owes {
		l.owes = false
		*b = link.AppendAnswer(*b)
	}
	for len(*b) < enough && l.member.err == nil {
		m, ok := p.Next()
		if !ok {
			break
		}
		*b = link.AppendMessage(*b, &m)
	}
	if len(*b) == 0 && !p.Up() || l.member.err != nil {
		l.hangUp()
	}
	return len(*b) > 0
}

// hangUp ends the link behind what was written: the library reads that, then the end, and closes.
func (l *line) hangUp() {
	l.leaving = true
	if half, ok := l.conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		l.conn.SetReadDeadline(time.Now().Add(time.Second))
		return
	}
	l.conn.Close()
}
