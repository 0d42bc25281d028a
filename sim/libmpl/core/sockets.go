package core

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"mercury-driver/sim/link"
)

const (
	// writeLimit is how many bytes may wait for a controller that takes none.
	writeLimit = 8 * link.MaxFrame
	// acceptPause is how long no controller is taken in after that failed, as it does when the
	// process is out of file descriptors.
	acceptPause = 100 * time.Millisecond
)

// TCP opens channels on a TCP port of all addresses.
func TCP(lib *Library, channel int16, port uint32) (Port, error) {
	return Sockets(listenTCP)(lib, channel, port)
}

func listenTCP(port uint32) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("", strconv.FormatUint(uint64(port), 10)))
}

// Sockets opens channels on what listen returns; connections of a TLS listener have their handshake first. It runs a
// goroutine that accepts, one that ticks, and one for all connections of TCP, or for each of others; Library.Close waits for
// them.
func Sockets(listen func(port uint32) (net.Listener, error)) Opener {
	return func(lib *Library, channel int16, port uint32) (Port, error) {
		listener, err := listen(port)
		if err != nil {
			return nil, err
		}
		s := &sockets{lib: lib, channel: channel, listener: listener}
		if _, ok := listener.(*net.TCPListener); ok {
			if s.epoll, err = newEpoll(lib, lib.channel(channel)); err != nil {
				listener.Close()
				return nil, err
			}
			lib.carriers.Go(s.epoll.serve)
		}
		s.open, s.close = context.WithCancel(context.Background())
		lib.carriers.Go(s.accept)
		lib.carriers.Go(s.tick)
		return s, nil
	}
}

type sockets struct {
	lib      *Library
	channel  int16
	listener net.Listener
	epoll    *epoll          // nil: no listener of TCP
	open     context.Context // ends with Close
	close    context.CancelFunc
}

// Close ends the listener. The connections are ended by their links.
func (s *sockets) Close() {
	s.close()
	s.listener.Close()
	if s.epoll != nil {
		s.epoll.end()
	}
}

func (s *sockets) accept() {
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			s.welcome(conn)
		case !s.pause(acceptPause):
			return
		}
	}
}

// pause waits; false: the channel was closed.
func (s *sockets) pause(d time.Duration) bool {
	select {
	case <-s.open.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (s *sockets) tick() {
	ticker := time.NewTicker(s.lib.options.PollEvery / TicksPerPoll)
	defer ticker.Stop()
	for {
		select {
		case <-s.open.Done():
			return
		case <-ticker.C:
			s.lib.Tick(s.channel)
		}
	}
}

// welcome attaches a connection, after its handshake where there is one: nobody else waits for that.
func (s *sockets) welcome(conn net.Conn) {
	switch conn := conn.(type) {
	case *net.TCPConn:
		s.epoll.attach(conn)
	case *tls.Conn:
		s.lib.carriers.Go(func() { s.shake(conn) })
	default: // in memory
		s.attach(conn, "")
	}
}

func (s *sockets) attach(conn net.Conn, tls string) {
	w := link.NewWriter(conn, writeLimit)
	l, err := s.lib.Attach(s.channel, conn.RemoteAddr().String(), tls, w)
	if err != nil {
		return // and aborted
	}
	s.lib.carriers.Add(1)
	go (&carrier{l, link.NewReader(conn), w}).wait()
}

// carrier hands what arrives on a connection to its link. It is one goroutine after the other: handling
// bytes takes a stack that a goroutine would keep while it waits for the next, and thousands wait.
type carrier struct {
	link   *Link
	reader *link.Reader
	writer *link.Writer
}

func (c *carrier) wait() {
	b, err := c.reader.Fill()
	if err == nil {
		err = c.handle(b)
	}
	if err == nil {
		go c.wait()
		return
	}
	c.link.Lost(why(err))
	c.writer.Wait()
	c.link.channel.lib.carriers.Done()
}

func (c *carrier) handle(b []byte) error {
	n, err := c.link.Take(b)
	for err == ErrFull {
		c.link.channel.queue.awaitRoom(c.link)
		n, err = c.link.Take(b)
	}
	c.reader.Discard(n)
	return err
}

// why says how a connection ended, without its addresses.
func why(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, io.EOF):
		return "closed by the controller"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}
