package certs

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
)

// plainConn is a connection in plain text. A server that wants TLS hangs up on it without a word, and it says so.
type plainConn struct {
	net.Conn
	line  *Line
	heard atomic.Bool // anything
}

func (c *plainConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.heard.Store(true)
	}
	return n, c.explain(err)
}

func (c *plainConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.explain(err)
}

// SyscallConn is for go-redis, which looks whether a connection that it kept is still there.
func (c *plainConn) SyscallConn() (syscall.RawConn, error) {
	if below, ok := c.Conn.(syscall.Conn); ok {
		return below.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

func (c *plainConn) explain(err error) error {
	hungUp := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	if !hungUp || c.heard.Load() {
		return err
	}
	return fmt.Errorf("the server hung up without a word; if it wants TLS, say %s_TLS=on (%w)", c.line.settings.Keys, err)
}
