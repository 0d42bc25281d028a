// Package certs encrypts the lines to the vendor app and to Redis, as their settings say: it checks whom it talks to,
// shows who we are, takes files that were replaced without a restart, and words what goes wrong in a handshake so
// that whoever reads it knows what to change. It refuses to leave any check out.
package certs

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"mercury-driver/driver/config"
)

// Line makes connections to one other end: encrypted ones, or plain ones where that was asked for. What is loaded when
// a connection is made counts for it as long as it lasts. All methods may be called at the same time.
type Line struct {
	settings config.TLS
	log      *slog.Logger
	files    fingerprint                // as New found them
	loaded   atomic.Pointer[tls.Config] // nil: plain
	stale    atomic.Bool
}

// New loads a line's files. The error is config.Faults.
func New(settings config.TLS, log *slog.Logger) (*Line, error) {
	l := &Line{settings: settings, log: log.With("line", strings.ToLower(settings.Keys))}
	if !settings.On() {
		return l, nil
	}
	l.files = l.fingerprint()
	loaded, faults := settings.Load(time.Now())
	if faults != nil {
		return nil, faults
	}
	l.loaded.Store(loaded)
	return l, nil
}

// Stale reports whether the files have become ones that can't be used, so that what was loaded before still is.
func (l *Line) Stale() bool { return l.stale.Load() }

// Dial connects to host:port. It blocks until that is done, handshake included, or has failed, or ctx ends.
func (l *Line) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	plain, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if !l.settings.On() {
		return &plainConn{Conn: plain, line: l}, nil
	}
	checks := l.loaded.Load().Clone()
	if checks.ServerName == "" {
		checks.ServerName, _, _ = net.SplitHostPort(address)
	}
	secured := tls.Client(plain, checks)
	if err := secured.HandshakeContext(ctx); err != nil {
		plain.Close()
		return nil, l.unshaken(err)
	}
	return &conn{Conn: secured, line: l}, nil
}

// Credentials is the line for gRPC.
func (l *Line) Credentials() credentials.TransportCredentials {
	if !l.settings.On() {
		return transport{insecure.NewCredentials(), l}
	}
	return transport{credentials.NewTLS(l.loaded.Load()), l}
}

// transport makes each handshake with what is loaded then; the credentials that it stands on only tell the name, or
// that there is none.
type transport struct {
	credentials.TransportCredentials
	line *Line
}

func (t transport) ClientHandshake(ctx context.Context, authority string, plain net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if !t.line.settings.On() {
		_, info, err := t.TransportCredentials.ClientHandshake(ctx, authority, plain)
		return &plainConn{Conn: plain, line: t.line}, info, err
	}
	secured, info, err := credentials.NewTLS(t.line.loaded.Load()).ClientHandshake(ctx, authority, plain)
	if err != nil {
		return nil, nil, t.line.unshaken(err)
	}
	return &conn{Conn: secured, line: t.line}, info, nil
}

func (t transport) Clone() credentials.TransportCredentials { return t }

// conn explains what the other end has against us: in TLS 1.3 it says so only when we believe the handshake done.
type conn struct {
	net.Conn
	line  *Line
	heard atomic.Bool // anything but a refusal
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.heard.Store(true)
	}
	return n, c.line.explain(err)
}

// Write may be the first to meet a connection that the other end closed, and why it did may still be unread.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if err != nil && !c.heard.Load() {
		c.Conn.SetReadDeadline(time.Now().Add(lastWords))
		if _, said := c.Conn.Read(make([]byte, 1)); c.line.reason(said) != "" {
			err = c.line.explain(said)
		}
	}
	return n, err
}

// lastWords is how long a broken connection is read from: what the other end said lies there already.
const lastWords = 100 * time.Millisecond
