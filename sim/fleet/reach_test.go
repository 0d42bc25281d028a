package fleet

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// said is a log that a fleet writes while the test reads it.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(text)
}

// lines counts those that hold all of some words.
func (s *said) lines(words ...string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
lines:
	for line := range strings.Lines(s.text.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue lines
			}
		}
		n++
	}
	return n
}

func (s *said) log() *slog.Logger { return slog.New(slog.NewTextHandler(s, nil)) }

// Broken once on purpose: saying it for each dial, or for each panel, fails here.
func TestAnAddressThatIsNotReachedIsSaidOnce(t *testing.T) {
	l, err := onLoopback()
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &said{}
	f, _ := launch(t, Options{Connect: []string{address}, Panels: 8, Log: s.log()})
	again := func() (net.Listener, error) { return net.Listen("tcp", address) }
	for round := 1; round <= 2; round++ {
		eventually(t, "said to fail", func() bool {
			return s.lines("WARN", "panels can not connect", "addr="+address, "err=") == round
		})
		h := startHost(t, newVault(), again)
		eventually(t, "online", func() bool { return f.Stats().Online == 8 })
		eventually(t, "said to work again", func() bool { return s.lines("panels connect again", "addr="+address) == round })
		if failed := s.lines("can not connect"); failed != round {
			t.Errorf("round %d: said to fail %d times", round, failed)
		}
		h.stop()
	}
}

func TestAnAddressThatIsNoDriversIsSaidOnce(t *testing.T) {
	l, err := onLoopback()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var dials atomic.Int32
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			dials.Add(1)
			conn.Close()
		}
	}()
	s := &said{}
	_, stop := launch(t, Options{Connect: []string{l.Addr().String()}, Panels: 3, Log: s.log()})
	eventually(t, "dialled several times", func() bool { return dials.Load() >= 9 })
	stop()
	if n := s.lines("panels can not connect", "no welcome came"); n != 1 {
		t.Errorf("said %d times", n)
	}
}

func TestAFleetThatEndsSaysNothing(t *testing.T) {
	s := &said{}
	f, stop := launch(t, Options{Connect: []string{startHost(t, newVault(), onLoopback).address}, Panels: 3, Log: s.log(),
		Faults: scripted(t, "drop every 5ms")})
	eventually(t, "dropped links", func() bool { return f.Stats().Links > 10 })
	stop()
	if n := s.lines("connect"); n != 0 {
		t.Errorf("said %s", s.text.String())
	}
}
