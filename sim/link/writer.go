package link

import (
	"net"
	"sync"
	"syscall"
)

// Frames wait in buffers of this size, unless more of them do.
const writeBuffer = MaxFrame

var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, writeBuffer); return &b }}

// Writer carries frames to a connection without ever blocking who sends them. What a socket takes at once, who sends
// it writes himself: a goroutine would have to be woken for that. While there is more to write it runs one goroutine; idle,
// it holds neither a goroutine nor a buffer. Any goroutine may use it. It stops by itself at the connection's first error,
// which the reader of that connection sees too.
type Writer struct {
	conn  net.Conn
	raw   syscall.RawConn // nil: not a socket (TLS, in memory)
	try   func(fd uintptr) bool
	limit int

	mu      sync.Mutex
	now     []byte  // of try: what is to be written
	taken   int     // of try: so many bytes of it were
	waiting *[]byte // nil: nothing waits
	bytes   int     // waiting, and being written
	writing bool
	ended   bool
	carrier sync.WaitGroup
}

// NewWriter writes to conn, and lets at most limit bytes wait.
func NewWriter(conn net.Conn, limit int) *Writer {
	w := &Writer{conn: conn, limit: limit}
	if socket, ok := conn.(syscall.Conn); ok {
		if raw, err := socket.SyscallConn(); err == nil {
			w.raw, w.try = raw, w.writeSocket
		}
	}
	return w
}

// Send takes one or several whole frames, which are the caller's again when it returns. False: nothing
// was taken, because too much waits or the connection ended.
func (w *Writer) Send(frames []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.bytes+len(frames) > w.limit {
		return false
	}
	if !w.writing {
		frames = frames[w.writeNow(frames):]
	}
	if len(frames) > 0 {
		w.keep(frames)
	}
	return true
}

// writeNow returns how many bytes the socket took at once. What it did not take, for want of room or because it is
// broken, the carrier will find out about.
func (w *Writer) writeNow(frames []byte) int {
	w.taken = 0
	if w.raw != nil {
		w.now = frames
		_ = w.raw.Write(w.try)
		w.now = nil
	}
	return w.taken
}

func (w *Writer) writeSocket(fd uintptr) bool {
	n, _ := syscall.Write(int(fd), w.now)
	w.taken = max(n, 0)
	return true
}

// keep puts bytes behind those that wait for the carrier.
func (w *Writer) keep(frames []byte) {
	if w.waiting == nil {
		w.waiting = writeBuffers.Get().(*[]byte)
	}
	*w.waiting = append(*w.waiting, frames...)
	w.bytes += len(frames)
	if !w.writing {
		w.writing = true
		w.carrier.Go(w.carry)
	}
}

// Abort closes the connection and discards what was not sent yet, by the kernel too. It does not wait.
func (w *Writer) Abort() {
	w.mu.Lock()
	w.end()
	w.mu.Unlock()
	abort(w.conn)
}

// Wait returns when the goroutine that writes has ended. Call it after Abort, which ends it at once.
func (w *Writer) Wait() { w.carrier.Wait() }

// carry writes what waits until nothing does.
func (w *Writer) carry() {
	for b := w.next(nil); b != nil; b = w.next(b) {
		if _, err := w.conn.Write(*b); err != nil {
			w.mu.Lock()
			w.end()
			w.mu.Unlock()
		}
	}
}

// next gives back the buffer that was written and takes the one that waits; nil ends the carrier.
func (w *Writer) next(written *[]byte) *[]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if written != nil {
		w.bytes -= len(*written)
		recycle(written)
	}
	b := w.waiting
	w.waiting = nil
	w.writing = b != nil
	return b
}

// end drops what waits and takes no more. The mutex is held.
func (w *Writer) end() {
	w.ended = true
	if w.waiting != nil {
		w.bytes -= len(*w.waiting)
		recycle(w.waiting)
		w.waiting = nil
	}
}

// recycle gives a buffer back, unless it grew beyond what idle links should keep between them.
func recycle(b *[]byte) {
	if cap(*b) <= 4*writeBuffer {
		*b = (*b)[:0]
		writeBuffers.Put(b)
	}
}

// abort closes so that a TCP connection is reset and its unsent bytes are gone.
func abort(conn net.Conn) {
	if below, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS would say goodbye first
		conn = below.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
