package fleet

import (
	"net"
	"syscall"
)

// socket writes to a TCP connection without waiting for it. That saves who has something to say a goroutine that
// writes: nearly always the kernel takes all of it at once. One goroutine at a time uses it.
type socket struct {
	raw     syscall.RawConn
	try     func(fd uintptr) bool
	piece   []byte // what is to be written
	written int
	err     error // of try
}

// socketOf is a connection's socket; nil where it has none of its own (TLS, in memory).
func socketOf(conn net.Conn) *socket {
	below, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := below.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{raw: raw}
	s.try = s.attempt
	return s
}

// write writes what the kernel takes at once, and returns how much that was: nothing when s is nil. The error is final.
func (s *socket) write(b []byte) (n int, err error) {
	if s == nil {
		return 0, nil
	}
	s.piece = b
	err = s.raw.Write(s.try)
	s.piece = nil
	if err != nil {
		return 0, err
	}
	return s.written, s.err
}

// attempt is the only one: who can't write all at once is to wait elsewhere.
func (s *socket) attempt(fd uintptr) (done bool) {
	n, err := syscall.Write(int(fd), s.piece)
	for err == syscall.EINTR {
		n, err = syscall.Write(int(fd), s.piece)
	}
	if err == syscall.EAGAIN {
		err = nil
	}
	s.written, s.err = max(n, 0), err
	return true
}
