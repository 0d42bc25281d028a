package certs

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// Files name PEM files.
type Files struct {
	// CA has signed the certificates of those at the other end. Empty: as a server we ask for none, as a client
	// we trust the system's CAs.
	CA string
	// Cert and Key are our own; a client may have none.
	Cert, Key string
}

// Store is what files say, read anew for each connection, so that whoever replaces them restarts nothing. While they
// can't be used, what they said before stays. It speaks TLS 1.3 only. Any goroutine may use it.
type Store struct {
	// Log hears once of files that can't be used; nil is the process's own log. It is set before the Store is used.
	Log *slog.Logger

	files Files
	last  atomic.Pointer[content]
	fault atomic.Value // string: what is wrong with the files now; empty for nothing
}

type content struct {
	pool *x509.CertPool // nil: no CA is named
	own  []tls.Certificate
}

// Open reads the files. The error says which one can't be used.
func Open(f Files) (*Store, error) {
	read, err := f.read()
	if err != nil {
		return nil, err
	}
	s := &Store{files: f}
	s.last.Store(read)
	s.fault.Store("")
	return s, nil
}

func (f Files) read() (*content, error) {
	var read content
	if f.CA != "" {
		text, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, err
		}
		read.pool = x509.NewCertPool()
		if !read.pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s has no certificate in it", f.CA)
		}
	}
	if f.Cert != "" || f.Key != "" {
		own, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		var unread *fs.PathError
		switch {
		case errors.As(err, &unread):
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%s: %w", f.Key, err)
		}
		read.own = []tls.Certificate{own}
	}
	return &read, nil
}

func (s *Store) now() *content {
	read, err := s.files.read()
	if err == nil {
		s.last.Store(read)
		s.fault.Store("")
	} else if s.fault.Swap(err.Error()) != err.Error() {
		cmp.Or(s.Log, slog.Default()).Warn("certificate files can't be used: those from before stay in use", "err", err)
	}
	return s.last.Load()
}

// Server is for one that serves; where a CA is named it lets only those in that it signed.
func (s *Store) Server() *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := s.now()
		c := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: now.own, ClientCAs: now.pool}
		if now.pool != nil {
			c.ClientAuth = tls.RequireAndVerifyClientCert
		}
		return c, nil
	}}
}

// Client is for one that dials a host once.
func (s *Store) Client(host string) *tls.Config {
	now := s.now()
	c := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: host, RootCAs: now.pool}
	if now.own != nil { // shown whichever CAs the server knows, so that it can say what is wrong with ours
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &now.own[0], nil }
	}
	return c
}

// Refused reports whether an error is one side's refusal of what the other has shown.
func Refused(err error) bool {
	var theirs *tls.CertificateVerificationError
	var ours *net.OpError
	return errors.As(err, &theirs) || errors.As(err, &ours) && ours.Op == "remote error"
}

// handshakeLimit is how long a server may take for it.
const handshakeLimit = 5 * time.Second

// DialFunc connects to host:port.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// Over dials by means of dial, and encrypts. A server that refuses our certificate says so only to the first read.
func (s *Store) Over(dial DialFunc) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		plain, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn := tls.Client(plain, s.Client(host))
		ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
		defer cancel()
		if err := conn.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, err
		}
		return conn, nil
	}
}
