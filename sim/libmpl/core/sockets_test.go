package core

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// pipes is a listener in memory. What is not a connection fails to be accepted.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, open := <-p
	switch {
	case !open:
		return nil, net.ErrClosed
	case conn == nil:
		return nil, syscall.EMFILE
	}
	return conn, nil
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return nil }

func (p pipes) dial() net.Conn {
	near, far := net.Pipe()
	p <- near
	return far
}

// inMemory opens a library on pipes. It runs in a synctest bubble.
func inMemory(t *testing.T) (*Library, pipes) {
	dialled := make(pipes)
	lib := New(Options{Open: Sockets(func(uint32) (net.Listener, error) { return dialled, nil })})
	if err := lib.Config("9001 0 5001"); err != nil {
		t.Fatal(err)
	}
	return lib, dialled
}

// take waits for a message of a kind, which must be the next.
func take(t *testing.T, lib *Library, want scp.Kind) (m scp.Message) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if lib.GetMessage(0, &m) {
			if m.Kind != want {
				t.Fatalf("%+v, not %v", m, want)
			}
			return m
		}
		lib.Wait(0, time.Second)
	}
	t.Fatalf("no %v", want)
	return m
}

func TestChannelOnTCP(t *testing.T) {
	var listener net.Listener
	lib := New(Options{Open: Sockets(func(uint32) (_ net.Listener, err error) {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
		return listener, err
	})})
	defer lib.Close()
	if err := lib.Config("9001 0 0"); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write(hello(61364))
	if m := take(t, lib, scp.CommOnline); m.Text != conn.LocalAddr().String() {
		t.Errorf("peer %q", m.Text)
	}
	take(t, lib, scp.IdentityTold)
	if err := lib.Config("9024 0"); err != nil {
		t.Fatal(err)
	}
	r, f := link.NewReader(conn), link.Frame{}
	for f.Type != link.Command {
		if err := r.Next(&f); err != nil {
			t.Fatal(err)
		}
	}
	conn.Write(append(reply(f.Tag, scp.ReplyOK), transaction(0, 1)...))
	take(t, lib, scp.CommandReply)
	take(t, lib, scp.DoorPosition)
	if err := lib.Config("9033 0"); err != nil {
		t.Fatal(err)
	}
	take(t, lib, scp.CommOffline)
	if _, err := io.Copy(io.Discard, conn); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("detached: %v", err)
	}
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	lib := New(Options{})
	defer lib.Close()
	if err := lib.Config("9001 0 " + port); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Error(err)
	}
}

func TestCauseOfAConnectionThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib, dialled := inMemory(t)
		defer lib.Close()
		conn := dialled.dial()
		conn.Write(hello(1))
		conn.Close()
		take(t, lib, scp.CommOnline)
		take(t, lib, scp.IdentityTold)
		if m := take(t, lib, scp.CommOffline); m.Text != "closed by the controller" {
			t.Errorf("%q", m.Text)
		}
	})
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	if got := why(reset); got != "connection reset by peer" {
		t.Errorf("%q", got)
	}
}

func TestHalfOpenLinkIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib, dialled := inMemory(t)
		defer lib.Close()
		conn := dialled.dial()
		defer conn.Close()
		conn.Write(hello(1))
		take(t, lib, scp.CommOnline)
		take(t, lib, scp.IdentityTold)
		start := time.Now()
		m := take(t, lib, scp.CommOffline)
		if took := time.Since(start); m.Text != "silent" || took < 3*time.Second || took > 4*time.Second {
			t.Errorf("%q after %v", m.Text, took)
		}
	})
}

func TestAcceptGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib, dialled := inMemory(t)
		defer lib.Close()
		dialled <- nil // out of file descriptors
		conn := dialled.dial()
		defer conn.Close()
		conn.Write(hello(1))
		take(t, lib, scp.CommOnline)
	})
}

// A controller that sends more than anybody takes is held up, not its messages dropped, and not the
// process grown.
func TestFullQueueHoldsTheSenderUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const all = queueLimit + 5000
		lib, dialled := inMemory(t)
		defer lib.Close()
		conn := dialled.dial()
		defer conn.Close()
		conn.Write(hello(1))
		take(t, lib, scp.CommOnline)
		take(t, lib, scp.IdentityTold)
		if err := lib.Config("9024 0"); err != nil {
			t.Fatal(err)
		}
		go io.Copy(io.Discard, conn)
		sent := 0
		go func() {
			for sent < all {
				if _, err := conn.Write(transaction(0, uint64(sent+1))); err != nil {
					return
				}
				sent++
			}
		}()
		synctest.Wait()
		if sent > queueLimit+200 { // and one buffer
			t.Errorf("%d sent, %d may wait", sent, queueLimit)
		}
		for i := range uint64(all) {
			if m := take(t, lib, scp.DoorPosition); m.Index != i+1 {
				t.Fatalf("index %d where %d was next", m.Index, i+1)
			}
		}
	})
}

func TestCloseEndsStalledLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib, dialled := inMemory(t)
		conn := dialled.dial()
		defer conn.Close()
		go io.Copy(io.Discard, conn)
		conn.Write(hello(1))
		take(t, lib, scp.CommOnline)
		if err := lib.Config("9024 0"); err != nil {
			t.Fatal(err)
		}
		for i := range uint64(queueLimit) {
			conn.Write(transaction(0, i+1))
		}
		go conn.Write(transaction(0, queueLimit+1))
		synctest.Wait()
		lib.Close()
	})
}

// Nonsense from one controller ends its link, once, and no other.
func TestFloodOfNonsenseEndsOneLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lib, dialled := inMemory(t)
		defer lib.Close()
		mad, sane := dialled.dial(), dialled.dial()
		defer mad.Close()
		defer sane.Close()
		for _, conn := range []net.Conn{mad, sane} {
			conn.Write(hello(1))
			take(t, lib, scp.CommOnline)
			take(t, lib, scp.IdentityTold)
		}
		for range 100_000 {
			if _, err := mad.Write([]byte{0, 1, 77}); err != nil {
				break
			}
		}
		if m := take(t, lib, scp.CommOffline); m.SCP != 0 || m.Text != "malformed type 77 frame: unknown" {
			t.Errorf("%+v", m)
		}
		sane.Write(link.AppendMessage(nil, &scp.Message{Kind: scp.LogStatus}))
		if m := take(t, lib, scp.LogStatus); m.SCP != 1 {
			t.Errorf("%+v", m)
		}
		if lib.Counts().Malformed != 1 {
			t.Errorf("%+v", lib.Counts())
		}
	})
}
