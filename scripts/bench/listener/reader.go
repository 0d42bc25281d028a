package main

import (
	"net"
	"sync"
	"syscall"
)

var buffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}

// reader reads one connection: a goroutine, and a buffer only while it reads. That is the best that Go has for
// thousands of connections: an epoll loop of our own took no less CPU a read at 10,000 of them.
type reader struct {
	conn net.Conn // kept from its finalizer, which would close it
	raw  syscall.RawConn
	last int // bytes of the last read; 0 or less: the connection is over
}

func newReader(conn net.Conn) (*reader, error) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	return &reader{conn: conn, raw: raw}, err
}

// readOn counts until the connection ends.
func (r *reader) readOn() {
	defer r.conn.Close()
	for read := r.read; r.raw.Read(read) == nil && r.last > 0; {
		came.Add(int64(r.last))
	}
}

// read reads once; false: there is nothing yet.
func (r *reader) read(fd uintptr) bool {
	b := buffers.Get().(*[16 << 10]byte)
	defer buffers.Put(b)
	var err error
	r.last, err = syscall.Read(int(fd), b[:])
	return err != syscall.EAGAIN
}
