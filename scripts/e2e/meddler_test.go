package e2e

import (
	"io"
	"net"
	"sync"
	"testing"
)

// meddler stands between those who dial, as panels, and whom they dial, as a driver. It can put bytes of its own
// into a dialler's mouth, and hold back what goes through.
type meddler struct {
	addr string
	mute bool         // whom they dial does not hear of it when they end a link
	gate sync.RWMutex // locked: nothing goes through
	mu   sync.Mutex
	to   []net.Conn // the dialled ends, in the order of dialling
}

// hold keeps back what both sides say from now on, until the gate is let go; the links stay.
func (m *meddler) hold() (letGo func()) {
	m.gate.Lock()
	return m.gate.Unlock
}

// gated is a link's end that takes what goes through the gate.
type gated struct {
	net.Conn
	gate *sync.RWMutex
}

func (g gated) Write(b []byte) (int, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Conn.Write(b)
}

func startMeddler(t *testing.T, dialled string) *meddler {
	t.Helper()
	return (&meddler{}).start(t, dialled)
}

func (m *meddler) start(t *testing.T, dialled string) *meddler {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().String()
	t.Cleanup(func() { listener.Close(); m.cut() })
	go func() {
		for {
			dialler, err := listener.Accept()
			if err != nil {
				return
			}
			go m.carry(dialler, dialled)
		}
	}()
	return m
}

// carry connects one dialler through; either end's end is the other's, but where the meddler is mute.
func (m *meddler) carry(dialler net.Conn, dialled string) {
	defer dialler.Close()
	to, err := net.Dial("tcp", dialled)
	if err != nil {
		return
	}
	m.mu.Lock()
	m.to = append(m.to, to)
	m.mu.Unlock()
	go func() {
		io.Copy(gated{to, &m.gate}, dialler)
		if !m.mute {
			to.Close()
		}
	}()
	io.Copy(gated{dialler, &m.gate}, to)
}

// cut ends all links.
func (m *meddler) cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, to := range m.to {
		to.Close()
	}
	m.to = nil
}

// interject writes bytes on the link of the one that dialled first.
func (m *meddler) interject(t *testing.T, b []byte) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.to[0].Write(b); err != nil {
		t.Fatal(err)
	}
}
