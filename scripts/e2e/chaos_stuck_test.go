//go:build chaos

package e2e

import (
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stuck stands between one panel and its driver. While it is held it takes next to nothing from the driver, whose host
// must keep the rest; once a second it repeats to the panel what the driver said last, so that the panel's answers
// go on and the link seems to live.
type stuck struct {
	addr string
	gate sync.RWMutex // locked: nothing of the driver goes to the panel

	mu    sync.Mutex
	heard []byte   // by the panel, last
	panel net.Conn // the one that dialled last
}

// room is how many bytes a stuck line takes; the kernel makes more of it, some 1,000.
const room = 64

func startStuck(t *testing.T, driver string) *stuck {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &stuck{addr: listener.Addr().String()}
	go func() {
		for {
			panel, err := listener.Accept()
			if err != nil {
				return
			}
			go s.carry(panel, driver)
		}
	}()
	return s
}

func (s *stuck) carry(panel net.Conn, driver string) {
	defer panel.Close()
	narrow := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, room) })
		return err
	}}
	to, err := narrow.Dial("tcp", driver)
	if err != nil {
		return
	}
	defer to.Close()
	go s.down(to, panel)
	io.Copy(to, panel)
	io.Copy(io.Discard, panel) // its answers when the driver is gone already
}

// down passes on what the driver says, up to its end; the panel may still act on that.
func (s *stuck) down(to, panel net.Conn) {
	b := make([]byte, room)
	for {
		n, err := to.Read(b)
		if err != nil {
			panel.(*net.TCPConn).CloseWrite()
			return
		}
		s.gate.RLock()
		s.pass(panel, b[:n])
		s.gate.RUnlock()
	}
}

// pass lets the panel hear something; that it is gone will be seen elsewhere.
func (s *stuck) pass(panel net.Conn, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.panel, s.heard = panel, append(s.heard[:0], b...)
	panel.Write(b)
}

// repeat has the panel hear again what it heard last: where nothing happens, whether it is there.
func (s *stuck) repeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.panel.Write(s.heard)
}

// hold keeps back what goes to the panel until the gate is let go. quiet, once before that, ends the repeating.
func (s *stuck) hold() (quiet, letGo func()) {
	s.gate.Lock()
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.repeat()
			case <-over:
				return
			}
		}
	}()
	return func() { close(over); <-ended }, s.gate.Unlock
}
