package e2e

import (
	"io"
	"net"
	"sync"
	"testing"
)

// meddler stands between panels and a driver, and can put bytes of its own into a panel's mouth.
type meddler struct {
	addr string
	mu   sync.Mutex
	to   []net.Conn // the driver's ends, in the order of dialling
}

func startMeddler(t *testing.T, driver string) *meddler {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &meddler{addr: listener.Addr().String()}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			panel, err := listener.Accept()
			if err != nil {
				return
			}
			go m.carry(panel, driver)
		}
	}()
	return m
}

// carry connects one panel through; either end's end is the other's.
func (m *meddler) carry(panel net.Conn, driver string) {
	defer panel.Close()
	to, err := net.Dial("tcp", driver)
	if err != nil {
		return
	}
	m.mu.Lock()
	m.to = append(m.to, to)
	m.mu.Unlock()
	go func() {
		defer to.Close()
		io.Copy(to, panel)
	}()
	io.Copy(panel, to)
}

// interject writes bytes on the link of the panel that dialled first.
func (m *meddler) interject(t *testing.T, b []byte) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.to[0].Write(b); err != nil {
		t.Fatal(err)
	}
}
