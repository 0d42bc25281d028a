package e2e

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
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
	}
	if err := s.app.sawOffline(0); err != nil {
		t.Error(err)
	}
}

// A controller that is served and then talks nonsense loses its link, which is logged once. It may dial again.
func TestNonsenseFromAControllerThatIsServed(t *testing.T) {
	s := startSystem(t, 1)
	d := s.drivers[0]
	m := startMeddler(t, loopback(d.port))
	f := startFleet(t, m.addr, 3, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(3) })
	m.interject(t, bytes.Repeat([]byte{0xff}, 4096))
	eventually(t, 5*time.Second, "its link ends", func() error { return s.app.sawOffline(1) })
	eventually(t, 5*time.Second, "it dials again", func() error { return f.dialled(4) })
	eventually(t, 5*time.Second, "all are online again", func() error { return s.app.hasOnline(3) })
	if n := strings.Count(d.said(), "malformed frame"); n != 1 {
		t.Errorf("it was logged %d times", n)
	}
	if err := s.app.sawOffline(1); err != nil {
		t.Error(err)
	}
}

// sawOffline fails unless controllers went offline so many times.
func (a *app) sawOffline(want int) error {
	if n := a.count(`SELECT count(*) FROM events WHERE kind = 'offline'`); n != want {
		return fmt.Errorf("controllers went offline %d times, not %d", n, want)
	}
	return nil
}
