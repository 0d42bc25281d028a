package fleet

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/sim/link"
)

// pipes is a listener in memory, for time that is not real.
type pipes struct {
	dialled chan net.Conn
	once    sync.Once
	over    chan struct{}
}

func newPipes() *pipes { return &pipes{dialled: make(chan net.Conn), over: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.dialled <- far:
		return near, nil
	case <-p.over:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialled:
		return conn, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.over) }); return nil }
func (p *pipes) Addr() net.Addr { return nil }

// Twenty minutes in memory, on time that is not real: they are over at once.
func TestLifeInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, p := newVault(), newPipes()
		h := startHost(t, v, func() (net.Listener, error) { return p, nil })
		f, stop := launch(t, Options{Connect: []string{"memory:1"}, Panels: 3, Scenario: "day", Dial: p.dial})
		time.Sleep(20 * time.Minute)
		s := f.Stats()
		stop()
		h.stop()
		if s.Online != 3 || s.Links != 3 || s.Raised < 300 || s.Unread > 3 || s.Ahead > 10 {
			t.Errorf("%+v", s)
		}
		if len(v.holes) > 0 || v.repeats > 0 {
			t.Errorf("holes %v, repeats %d", v.holes, v.repeats)
		}
	})
}

// greeter is a library that welcomes one panel, and then does what the test says.
func greeter(t *testing.T, p *pipes) (net.Conn, *link.Reader) {
	t.Helper()
	conn, err := p.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r := link.NewReader(conn)
	if got := next(t, r); got.Type != link.Hello || got.Message.Identity.Serial != 61364 {
		t.Fatalf("said %v first", got.Type)
	}
	write(t, conn, link.AppendWelcome(nil, time.Second))
	return conn, r
}

func next(t *testing.T, r *link.Reader) (f link.Frame) {
	t.Helper()
	if err := r.Next(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, conn net.Conn, frame []byte) {
	t.Helper()
	if _, err := conn.Write(frame); err != nil {
		t.Fatal(err)
	}
}

func TestSilentLinksAreDialledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		_, stop := launch(t, Options{Connect: []string{"memory:1"}, Panels: 1, Dial: p.dial})
		conn, r := greeter(t, p)
		for range 5 {
			time.Sleep(time.Second)
			write(t, conn, link.AppendPoll(nil))
			if got := next(t, r); got.Type != link.Answer {
				t.Fatalf("answered a poll with %v", got.Type)
			}
		}
		silent := time.Now()
		if err := r.Next(new(link.Frame)); err == nil {
			t.Fatal("said something that it was not asked")
		}
		if took := time.Since(silent); took != 3*time.Second {
			t.Errorf("noticed after %v", took)
		}
		greeter(t, p)
		if took := time.Since(silent); took > 3*time.Second+shortestPause {
			t.Errorf("dialled again after %v", took)
		}
		stop()
	})
}

func TestFramesThatDoNotBelongEndTheLink(t *testing.T) {
	for name, frame := range map[string][]byte{
		"malformed":        {0, 0, 0},
		"another welcome":  link.AppendWelcome(nil, time.Second),
		"an answer":        link.AppendAnswer(nil),
		"no command":       link.AppendCommand(nil, 1, "311 0"),
		"an unknown order": link.AppendCommand(nil, 1, "9999 0"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipes()
				_, stop := launch(t, Options{Connect: []string{"memory:1"}, Panels: 1, Dial: p.dial})
				conn, r := greeter(t, p)
				began := time.Now()
				write(t, conn, frame)
				if err := r.Next(new(link.Frame)); err == nil || time.Since(began) > 0 {
					t.Errorf("ended with %v after %v", err, time.Since(began))
				}
				greeter(t, p)
				stop()
			})
		})
	}
}

func TestALibraryThatDoesNotWelcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		_, stop := launch(t, Options{Connect: []string{"memory:1"}, Panels: 1, Dial: p.dial})
		conn, _ := p.Accept()
		began := time.Now()
		r := link.NewReader(conn)
		next(t, r)
		if err := r.Next(new(link.Frame)); err == nil || time.Since(began) != patience {
			t.Errorf("ended with %v after %v", err, time.Since(began))
		}
		stop()
	})
}
