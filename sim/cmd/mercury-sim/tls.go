package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"

	"mercury-driver/sim/certs"
)

// tlsFlags name the files of TLS; without any of them plain text is spoken.
type tlsFlags struct {
	prefix string
	files  certs.Files
}

// serverTLS is for a subcommand that serves.
func (f *flagSet) serverTLS() *tlsFlags {
	t := &tlsFlags{prefix: "tls-"}
	f.StringVar(&t.files.Cert, "tls-cert", "", "PEM `file` of the certificate to serve with; no plain text is served then")
	f.StringVar(&t.files.Key, "tls-key", "", "PEM `file` of its key")
	f.StringVar(&t.files.CA, "tls-client-ca", "", "PEM `file` of the CA whose certificates clients must show; without it they need none")
	return t
}

// clientTLS is for a subcommand that dials a server.
func (f *flagSet) clientTLS(prefix, server string) *tlsFlags {
	t := &tlsFlags{prefix: prefix}
	f.StringVar(&t.files.CA, prefix+"ca", "", "PEM `file` of the CA that signed "+server+" certificate; TLS is spoken then")
	f.StringVar(&t.files.Cert, prefix+"cert", "", "PEM `file` of the certificate to show")
	f.StringVar(&t.files.Key, prefix+"key", "", "PEM `file` of its key")
	return t
}

// open reads the files; nil is plain text. The log hears of such that can't be used later.
func (t *tlsFlags) open(log *slog.Logger) (*certs.Store, error) {
	if t.files == (certs.Files{}) {
		return nil, nil
	}
	if (t.files.Cert == "") != (t.files.Key == "") {
		return nil, fmt.Errorf("-%scert and -%[1]skey go together", t.prefix)
	}
	store, err := certs.Open(t.files)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	store.Log = log
	return store, nil
}

// server is what to serve with; nil is plain text.
func (t *tlsFlags) server(log *slog.Logger) (*tls.Config, error) {
	if t.files.CA != "" && t.files.Cert == "" {
		return nil, errors.New("-tls-client-ca goes with -tls-cert and -tls-key")
	}
	store, err := t.open(log)
	if store == nil {
		return nil, err
	}
	return store.Server(), nil
}
