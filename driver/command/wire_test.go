package command

import (
	"context"
	"net"
	"sync"
	"testing"
)

// wire stands between a client and Redis and can be bad: it holds back what goes one way, or cuts
// everything. What is held back comes later, as on a network, and the sender is not held up.
type wire struct {
	dial func() (net.Conn, error) // reaches Redis
	wg   sync.WaitGroup

	mu     sync.Mutex
	change sync.Cond
	held   [2]bool
	refuse bool
	conns  []net.Conn
	dials  int
}

const (
	toRedis = iota
	fromRedis
)

func newWire(t testing.TB, dial func() (net.Conn, error)) *wire {
	w := &wire{dial: dial}
	w.change.L = &w.mu
	t.Cleanup(func() {
		w.cut()
		w.wg.Wait()
	})
	return w
}

// Dial is for redis.Options.Dialer: a pipe to Redis through the wire.
func (w *wire) Dial(context.Context, string, string) (net.Conn, error) {
	client, middle := net.Pipe()
	if err := w.join(middle); err != nil {
		return nil, err
	}
	return client, nil
}

// listen makes the wire a TCP proxy and returns its address.
func (w *wire) listen(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if w.join(conn) != nil {
				conn.Close()
			}
		}
	})
	return l.Addr().String()
}

func (w *wire) join(client net.Conn) error {
	w.mu.Lock()
	refuse := w.refuse
	w.dials++
	w.mu.Unlock()
	if refuse {
		return net.ErrClosed
	}
	server, err := w.dial()
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.conns = append(w.conns, client, server)
	w.mu.Unlock()
	w.pump(server, client, toRedis)
	w.pump(client, server, fromRedis)
	return nil
}

// pump copies one way: one goroutine reads whatever comes, one writes it when it may.
func (w *wire) pump(dst, src net.Conn, way int) {
	var buffer []byte
	var ended bool
	w.wg.Go(func() {
		chunk := make([]byte, 64<<10)
		for {
			n, err := src.Read(chunk)
			w.mu.Lock()
			buffer = append(buffer, chunk[:n]...)
			ended = err != nil
			w.change.Broadcast()
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	w.wg.Go(func() {
		defer dst.Close()
		for {
			w.mu.Lock()
			for w.held[way] && !ended || len(buffer) == 0 && !ended {
				w.change.Wait()
			}
			out := buffer
			buffer = nil
			lost := w.held[way]
			w.mu.Unlock()
			if lost || len(out) == 0 {
				return
			}
			if _, err := dst.Write(out); err != nil {
				return
			}
		}
	})
}

// hold keeps back what goes the given ways, until release.
func (w *wire) hold(ways ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, way := range ways {
		w.held[way] = true
	}
}

func (w *wire) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = [2]bool{}
	w.change.Broadcast()
}

func (w *wire) holding() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held != [2]bool{}
}

// cut ends all connections; what was held back is lost.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		conn.Close()
	}
	w.conns = nil
}

// refusing makes new connections fail, or work again.
func (w *wire) refusing(refuse bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = refuse
}

// dialled counts the attempts to connect.
func (w *wire) dialled() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials
}
