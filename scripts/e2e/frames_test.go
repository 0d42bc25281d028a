package e2e

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A link that carries what is no frame ends; nobody else notices.
func TestMalformedFrames(t *testing.T) {
	s := startSystem(t, 1)
	d := s.drivers[0]
	startFleet(t, loopback(d.port), 2, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(2) })
	random := make([]byte, 64<<10)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(random)
	for name, garbage := range map[string][]byte{
		"a web browser":  []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"zeros":          make([]byte, 4096),
		"an endless one": bytes.Repeat([]byte{0xff}, 1<<20),
		"noise":          random,
		"half a frame":   {0x00, 0x20, 0x01, 0x01},
		"silence":        nil,
	} {
		t.Run(name, func(t *testing.T) { mustHangUp(t, d, garbage) })
	}
	s.untouched(t, 2)
}

// mustHangUp sends bytes to a driver, which must end that connection.
func mustHangUp(t *testing.T, d *driver, garbage []byte) {
	conn, err := net.Dial("tcp", loopback(d.port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(15 * time.Second))
	conn.Write(garbage) // may be cut short by the end
	if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("the driver keeps the link: %v", err)
	}
}

// untouched fails unless the panels are online since they came, and answer.
func (s *system) untouched(t *testing.T, panels int) {
	t.Helper()
	for serial := uint64(firstSerial); serial < uint64(firstSerial+panels); serial++ {
		if err := s.app.unlock(serial); err != nil {
			t.Error(err)
		}
		if n := s.app.count(`SELECT count(*) FROM events WHERE kind = 'offline' AND serial = ?`, serial); n > 0 {
			t.Errorf("controller %d went offline", serial)
		}
	}
}

// A controller that is served and then talks nonsense loses its link, which is logged once. It may dial again.
func TestNonsenseFromAControllerThatIsServed(t *testing.T) {
	s := startSystem(t, 1)
	d := s.drivers[0]
	m := startMeddler(t, loopback(d.port))
	f := startFleet(t, m.addr+","+m.addr, 3, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(3) })
	m.interject(t, bytes.Repeat([]byte{0xff}, 4096))
	eventually(t, 5*time.Second, "the link ends and a new one comes", func() error {
		if err := d.says("malformed frame"); err != nil {
			return err
		}
		return s.app.hasOnline(3)
	})
	if n := strings.Count(d.said(), "malformed frame"); n != 1 {
		t.Errorf("it was logged %d times", n)
	}
	if n := s.app.count(`SELECT count(*) FROM events WHERE kind = 'offline'`); n != 1 {
		t.Errorf("%d controllers went offline, want one", n)
	}
	eventually(t, 5*time.Second, "one panel dialled again", func() error { return f.dialled(4) })
}

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
