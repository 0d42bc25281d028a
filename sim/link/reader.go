package link

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// A read buffer holds several frames, always a whole one.
type readBuffer [4 * MaxFrame]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

// Reader takes frames from a connection. It holds a buffer only while it has bytes of an unfinished
// frame: ten thousand idle links hold none. One goroutine uses it; who owns the connection unblocks
// it by closing that, or by a read deadline.
type Reader struct {
	conn       net.Conn
	raw        syscall.RawConn // nil: not a socket (TLS, in memory)
	try        func(fd uintptr) bool
	buf        *readBuffer // nil: holds no bytes
	start, end int
	err        error // of try
	first      [1]byte
}

// NewReader reads from conn.
func NewReader(conn net.Conn) *Reader {
	r := &Reader{conn: conn}
	if socket, ok := conn.(syscall.Conn); ok {
		if raw, err := socket.SyscallConn(); err == nil {
			r.raw, r.try = raw, r.readSocket
		}
	}
	return r
}

// Next waits for a frame and decodes it into f; f.Line is valid until the next call. The error is
// io.EOF when the other end closed, a malformed frame, or the connection's own.
func (r *Reader) Next(f *Frame) error {
	for {
		n, err := Decode(r.bytes(), f)
		if err != nil {
			return err
		}
		if n > 0 {
			r.start += n
			return nil
		}
		if _, err := r.Fill(); err != nil {
			return err
		}
	}
}

// Fill waits for more bytes and returns all that were not discarded yet: call it when what it returned
// last holds no whole frame any more. They are valid until the next call of Fill or Next. It returns the
// same errors as Next, but for malformed frames.
func (r *Reader) Fill() ([]byte, error) {
	if r.start == r.end {
		r.release()
		if err := r.await(); err != nil {
			return nil, err
		}
		return r.bytes(), nil
	}
	r.end = copy(r.buf[:], r.bytes())
	r.start = 0
	n, err := r.conn.Read(r.buf[r.end:])
	r.end += n
	if n == 0 && err != nil {
		return nil, err
	}
	return r.bytes(), nil
}

// Discard drops the first n bytes that Fill returned.
func (r *Reader) Discard(n int) { r.start += n }

func (r *Reader) bytes() []byte {
	if r.buf == nil {
		return nil
	}
	return r.buf[r.start:r.end]
}

// release gives the buffer back. It holds no bytes.
func (r *Reader) release() {
	if r.buf != nil {
		readBuffers.Put(r.buf)
		r.buf, r.start, r.end = nil, 0, 0
	}
}

// await waits for the first bytes, without a buffer until they are there.
func (r *Reader) await() error {
	if r.raw != nil {
		if err := r.raw.Read(r.try); err != nil {
			return err
		}
		return r.err
	}
	if _, err := io.ReadFull(r.conn, r.first[:]); err != nil {
		return err
	}
	r.buf = readBuffers.Get().(*readBuffer)
	r.start, r.end = 0, copy(r.buf[:], r.first[:])
	return nil
}

// readSocket reads what the socket holds; false: nothing yet, call again when it is readable.
func (r *Reader) readSocket(fd uintptr) bool {
	buf := readBuffers.Get().(*readBuffer)
	n, err := syscall.Read(int(fd), buf[:])
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), buf[:])
	}
	if n > 0 {
		r.buf, r.start, r.end = buf, 0, n
		return true
	}
	readBuffers.Put(buf)
	if err == syscall.EAGAIN {
		return false
	}
	if err == nil {
		err = io.EOF
	}
	r.err = err
	return true
}
