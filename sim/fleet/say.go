package fleet

import (
	"sync"
	"time"

	"mercury-driver/sim/link"
)

// enough: more bytes are not gathered for one write.
const enough = 4 * link.MaxFrame

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, enough+link.MaxFrame); return &b }}

// send writes what there is to say and the socket takes at once, and leaves the rest to a goroutine. The member's mutex
// is held; it does not block.
func (l *line) send() {
	if l.sending || l.leaving {
		return
	}
	b := buffers.Get().(*[]byte)
	for l.gather(b) {
		n, err := l.socket.write(*b)
		if err != nil {
			l.close()
			break
		}
		if rest := (*b)[n:]; len(rest) > 0 {
			l.sending = true
			l.carrier.Go(func() { l.carry(b, rest) })
			return
		}
	}
	buffers.Put(b)
}

// carry writes the rest of b, and then until there is nothing to say, or the link is broken.
func (l *line) carry(b *[]byte, rest []byte) {
	defer buffers.Put(b)
	for {
		if _, err := l.conn.Write(rest); err != nil {
			l.close()
			return
		}
		l.member.mu.Lock()
		more := l.gather(b)
		l.sending = more
		l.member.mu.Unlock()
		if !more {
			return
		}
		rest = *b
	}
}

// gather puts what the panel says now into b; false: nothing. A panel that went down hangs up when it has
// said all. The member's mutex is held.
func (l *line) gather(b *[]byte) bool {
	p := l.panel
	if l.member.ailments.Mute() || l.isOver() {
		return false
	}
	*b = append((*b)[:0], l.nonsense...)
	l.nonsense = nil
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
	l.close()
}
