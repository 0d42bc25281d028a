package certs

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync/atomic"
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

// texts are those of the files: of the CA, the certificate, and its key.
type texts [3][]byte

// content is made of the files when they have changed, so that connections share it.
type content struct {
	texts  texts
	pool   *x509.CertPool // nil: no CA is named
	own    []tls.Certificate
	server *tls.Config
}

// Open reads the files. The error says which one can't be used.
func Open(f Files) (*Store, error) {
	read, err := f.read(new(content))
	if err != nil {
		return nil, err
	}
	s := &Store{files: f}
	s.last.Store(read)
	s.fault.Store("")
	return s, nil
}

// read returns what the files say, which is that from before unless they have changed.
func (f Files) read(before *content) (*content, error) {
	var read content
	for i, name := range []string{f.CA, f.Cert, f.Key} {
		if name == "" {
			continue
		}
		var err error
		if read.texts[i], err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	if before.server != nil && slices.EqualFunc(read.texts[:], before.texts[:], bytes.Equal) {
		return before, nil
	}
	if f.CA != "" {
		read.pool = x509.NewCertPool()
		if !read.pool.AppendCertsFromPEM(read.texts[0]) {
			return nil, fmt.Errorf("%s has no certificate in it", f.CA)
		}
	}
	if f.Cert != "" || f.Key != "" {
		own, err := tls.X509KeyPair(read.texts[1], read.texts[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Key, err)
		}
		read.own = []tls.Certificate{own}
	}
	read.server = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: read.own, ClientCAs: read.pool}
	if read.pool != nil {
		read.server.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return &read, nil
}

func (s *Store) now() *content {
	read, err := s.files.read(s.last.Load())
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
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.now().server, nil }}
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
