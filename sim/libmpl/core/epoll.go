package core

import (
	"math"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	readSize   = 64 << 10 // bytes that one socket is read of before the next
	readyAtOne = 256      // sockets that are told of at once
)

// epoll serves all TCP connections of a port with one goroutine: a silent link costs a struct, where a goroutine, its
// stack and what Go's own poller and package net hold for it would cost ten times as much.
type epoll struct {
	lib     *Library
	channel *channel
	over    int // an eventfd that ends the goroutine

	mu      sync.Mutex
	fd      int       // -1: it has ended
	sockets []*socket // by file descriptor
}

func newEpoll(lib *Library, c *channel) (*epoll, error) {
	e := &epoll{lib: lib, channel: c}
	var err error
	if e.fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if e.over, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err != nil {
		unix.Close(e.fd)
		return nil, err
	}
	e.control(unix.EPOLL_CTL_ADD, e.over, unix.EPOLLIN)
	return e, nil
}

// attach makes a link of a connection, which is a socket of ours from here on.
func (e *epoll) attach(conn *net.TCPConn) {
	s := &socket{epoll: e}
	peer := conn.RemoteAddr().String()
	err := s.takeOver(conn)
	conn.Close()
	if err != nil { // out of file descriptors: the controller dials again
		return
	}
	l, err := e.lib.Attach(e.channel.number, peer, "", s)
	if err == nil {
		s.begin(l)
	}
}

// serve reads, and writes what had to wait, until end is called.
func (e *epoll) serve() {
	defer e.close()
	ready, buf := make([]unix.EpollEvent, readyAtOne), make([]byte, readSize)
	for {
		n, err := unix.EpollWait(e.fd, ready, -1)
		if err != nil && err != unix.EINTR {
			panic(err) // of an epoll that is open there is none
		}
		for _, event := range ready[:max(n, 0)] {
			if int(event.Fd) == e.over {
				return
			}
			if s := e.find(event.Fd); s != nil {
				s.serve(event.Events, buf)
			}
		}
	}
}

func (e *epoll) end() { unix.Write(e.over, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

func (e *epoll) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	unix.Close(e.fd)
	unix.Close(e.over)
	e.fd = -1
}

func (e *epoll) find(fd int32) *socket {
	e.mu.Lock()
	defer e.mu.Unlock()
	if int(fd) < len(e.sockets) {
		return e.sockets[fd]
	}
	return nil
}

func (e *epoll) enter(s *socket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.sockets) <= s.fd {
		e.sockets = append(e.sockets, nil)
	}
	e.sockets[s.fd] = s
	e.control(unix.EPOLL_CTL_ADD, s.fd, unix.EPOLLIN)
}

// leave is called before the descriptor is closed, by which the kernel forgets it.
func (e *epoll) leave(s *socket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.fd < len(e.sockets) && e.sockets[s.fd] == s {
		e.sockets[s.fd] = nil
	}
}

func (e *epoll) watch(s *socket, events uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.control(unix.EPOLL_CTL_MOD, s.fd, events)
}

// control can fail for want of memory in the kernel alone: the link falls silent then, and is given up.
func (e *epoll) control(op, fd int, events uint32) {
	_ = unix.EpollCtl(e.fd, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// awaitRoom holds up all reading until the queue of messages has room again. No link is silent meanwhile, as nobody
// listens.
func (e *epoll) awaitRoom(l *Link) {
	c := e.channel
	c.listened.Store(math.MaxInt64)
	c.queue.awaitRoom(l)
	c.listened.Store(int64(e.lib.elapsed()))

}
