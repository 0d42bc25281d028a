package core

import (
	"io"
	"net"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// socket is a TCP connection as its epoll serves it: a Wire that writes at once what the kernel takes.
type socket struct {
	epoll *epoll
	link  *Link
	part  []byte // of a frame that has not come whole; the goroutine of the epoll

	mu      sync.Mutex
	fd      int
	waiting []byte // what the kernel has not taken yet
	closed  bool
}

// takeOver lets the socket outlive the connection that it was, which the runtime knows of.
func (s *socket) takeOver(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { s.fd, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err == nil {
		err = failed
	}
	return err
}

// begin lets the socket be read for its link, unless that has ended already.
func (s *socket) begin(l *Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = l
	if !s.closed {
		s.epoll.enter(s)
	}
}

// Send takes frames; what the kernel does not take at once follows when it can.
func (s *socket) Send(frames []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.waiting)+len(frames) > writeLimit {
		return false
	}
	if len(s.waiting) == 0 {
		frames = frames[s.write(frames):]
		if len(frames) == 0 {
			return true
		}
		s.epoll.watch(s, unix.EPOLLIN|unix.EPOLLOUT)
	}
	s.waiting = append(s.waiting, frames...)
	return true
}

// write returns how many bytes the kernel took. That the connection is broken is found by reading.
func (s *socket) write(b []byte) int {
	n, _ := unix.Write(s.fd, b)
	return max(n, 0)
}

// Abort closes the socket so that the connection is reset and its unsent bytes are gone.
func (s *socket) Abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed, s.waiting = true, nil
	s.epoll.leave(s)
	unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	unix.Close(s.fd)
}

// serve does what the socket is ready for. The goroutine of the epoll, whose buffer it is.
func (s *socket) serve(events uint32, buf []byte) {
	if events&unix.EPOLLOUT != 0 {
		s.writeOn()
	}
	if events&^unix.EPOLLOUT != 0 {
		s.read(buf)
	}
}

func (s *socket) writeOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.waiting = s.waiting[s.write(s.waiting):]
	if len(s.waiting) == 0 {
		s.waiting = nil
		s.epoll.watch(s, unix.EPOLLIN)
	}
}

// read hands the link what came. The mutex is held for the system call, as another thread may close the descriptor, which
// would then be another connection's.
func (s *socket) read(buf []byte) {
	kept := copy(buf, s.part)
	s.mu.Lock()
	n, err := -1, error(unix.EAGAIN)
	if !s.closed {
		n, err = unix.Read(s.fd, buf[kept:])
	}
	s.mu.Unlock()
	switch {
	case n > 0:
		s.take(buf[:kept+n])
	case err == nil:
		s.link.Lost(why(io.EOF))
	case err != unix.EAGAIN && err != unix.EINTR:
		s.link.Lost(why(err))
	}
}

func (s *socket) take(b []byte) {
	n, err := s.link.Take(b)
	for err == ErrFull {
		s.epoll.awaitRoom(s.link)
		n, err = s.link.Take(b)
	}
	s.part = nil
	if err == nil && n < len(b) {
		s.part = slices.Clone(b[n:])
	}
}
