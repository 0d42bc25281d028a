package resp

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

func TestWhatIsPublishedIsHeard(t *testing.T) {
	server := miniredis.RunT(t)
	s, err := Subscribe(server.Addr(), "61364")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p, err := NewPublisher(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	messages := []string{"one", "", "\r\n$3\r\n", strings.Repeat("x", 100_000), "two"}
	for _, m := range messages {
		p.Add("61364", m)
		p.Add("61365", "for somebody else")
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range messages {
		if got, err := s.Next(); err != nil || string(got) != want {
			t.Fatalf("heard %.20q, %v, want %.20q", got, err, want)
		}
	}
}

func TestWhatIsNoMessageEndsTheSubscription(t *testing.T) {
	const confirmed = "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
	for _, said := range []string{"", "-NOAUTH\r\n", "*2\r\n", "*3\r\n$7\r\nmassage\r\n", "*3\r\n$-1\r\n", "*3\r\n$9999999\r\n",
		"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nab"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			if conn, err := listener.Accept(); err == nil {
				_, _ = conn.Write([]byte(confirmed + said))
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn) // to close before would take back what was said
				conn.Close()
			}
		}()
		s, err := Subscribe(listener.Addr().String(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Next(); err == nil {
			t.Errorf("%q is heard as %q", said, got)
		}
		s.Close()
		listener.Close()
		<-served
	}
}
