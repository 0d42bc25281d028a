package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// handshakeLimit is how long a server may take for it.
const handshakeLimit = 5 * time.Second

// DialFunc connects to host:port.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// Over dials by means of dial, and encrypts. A server that refuses our certificate says so only to the first read.
func (s *Store) Over(dial DialFunc) DialFunc { return Over(dial, s.Client) }

// Over dials by means of dial, and encrypts as config says for a host. The error is a *HandshakeError where a server was
// dialled and there is no TLS with it.
func Over(dial DialFunc, config func(host string) *tls.Config) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		plain, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn := tls.Client(plain, config(host))
		ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
		defer cancel()
		if err := conn.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, &HandshakeError{err}
		}
		return conn, nil
	}
}

// HandshakeError is why there is no TLS with a server; nothing else was said to it.
type HandshakeError struct{ err error }

// Error implements error.
func (e *HandshakeError) Error() string {
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(e.err, &noTLS):
		return fmt.Sprintf("the server does not speak TLS; switch it on there, or say plain text here (%v)", e.err)
	case errors.Is(e.err, io.EOF), errors.Is(e.err, syscall.ECONNRESET), errors.Is(e.err, context.DeadlineExceeded):
		return fmt.Sprintf("the server did not answer the TLS handshake; see that it speaks TLS there (%v)", e.err)
	}
	return e.err.Error()
}

// Unwrap returns the error of the handshake.
func (e *HandshakeError) Unwrap() error { return e.err }
