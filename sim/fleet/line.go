package fleet

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"mercury-driver/sim/link"
	"mercury-driver/sim/panel"
)

// patience is how long a panel waits for its welcome.
const patience = 10 * time.Second

// line is one link of a member. One goroutine reads; another writes while there is more to say than the connection takes
// at once. So an idle panel costs a goroutine and no buffer.
type line struct {
	member  *Member
	panel   *panel.Panel // the member's, or its twin
	address string       // that was dialled
	conn    net.Conn
	socket  *socket       // of conn; the member's mutex guards it
	silence time.Duration // without a frame for so long, the link is dead
	carrier sync.WaitGroup

	// over ends the line, and close its connection with it, unless keep was called before.
	over  <-chan struct{}
	close func()
	keep  func() bool

	// The member's mutex guards these.
	welcome  bool
	owes     bool   // an answer to a poll
	nonsense []byte // to be said as well
	sending  bool
	leaving  bool // the panel went down: it says nothing more, and hears nothing
	givenUp  bool // by the panel itself
}

// serve says hello and keeps the link until either side ends it, or ctx. It reports whether the panel gave it
// up; the error is errNoWelcome, or TLS's own, when the other side never took it.
func (d *dialler) serve(ctx context.Context, conn net.Conn, address string) (givenUp bool, err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	l := &line{member: d.member, panel: d.panel, address: address, conn: conn, socket: socketOf(conn), silence: patience,
		over: ctx.Done(), close: end, keep: context.AfterFunc(ctx, func() { conn.Close() })}
	conn.SetDeadline(time.Now().Add(patience))
	if hello := l.begin(); hello != nil {
		err = l.read(hello)
	}
	return l.end(), err
}

// begin makes the line the member's, and returns its hello; nil when the panel went down meanwhile.
func (l *line) begin() []byte {
	m := l.member
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.alarm == nil || m.err != nil || !m.dials() {
		return nil
	}
	id := l.panel.Identity()
	m.ailments.Introduce(&id)
	l.panel.LinkUp()
	m.lines = append(m.lines, l)
	return link.AppendHello(nil, l.panel.Clock().UnixNano(), &id)
}

// end takes the line away from its member, and waits for its writer.
func (l *line) end() (givenUp bool) {
	m := l.member
	m.mu.Lock()
	m.leave(l)
	givenUp = l.givenUp
	m.mu.Unlock()
	l.close()
	l.carrier.Wait()
	return givenUp
}

// leave takes a line from the member, unless it is not the member's any more. The mutex is held.
func (m *Member) leave(l *line) {
	if i := slices.Index(m.lines, l); i >= 0 {
		m.lines = slices.Delete(m.lines, i, i+1)
		l.panel.LinkDown()
	}
}

// isOver reports whether the panel has done with the line.
func (l *line) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}
