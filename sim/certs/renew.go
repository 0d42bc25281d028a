// Package certs makes certificates to try TLS with, and reads such files for those in the simulator who serve and
// dial. It is no PKI: its one CA keeps its key beside it, and revokes nothing.
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Names of the pairs in a directory: NAME.pem and NAME-key.pem.
const (
	ca     = "ca"
	server = "server"
	client = "client"
)

// caLasts is how long a CA is good for: longer than whatever it signs.
const caLasts = 10 * 365 * 24 * time.Hour

// here is how servers are dialled on their own machine.
var here = []string{"localhost", "127.0.0.1", "::1"}

// Renew makes a server's certificate, for this machine and for hosts, and a client's, both good from one time until
// another, in a directory that it makes. They are signed by the CA that is there; else it makes one. Files are replaced
// one by one, each in one step.
func Renew(dir string, from, until time.Time, hosts ...string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	by, err := authority(dir)
	if err != nil {
		return fmt.Errorf("the CA in %s: %w", dir, err)
	}
	serving := leaf("localhost", from, until, x509.ExtKeyUsageServerAuth)
	for _, host := range append(here, hosts...) {
		if ip := net.ParseIP(host); ip != nil {
			serving.IPAddresses = append(serving.IPAddresses, ip)
			continue
		}
		serving.DNSNames = append(serving.DNSNames, host)
	}
	if err := issue(dir, server, serving, &by); err != nil {
		return err
	}
	return issue(dir, client, leaf("mercury", from, until, x509.ExtKeyUsageClientAuth), &by)
}

// authority is the directory's CA, a new one where there is none.
func authority(dir string) (tls.Certificate, error) {
	if _, err := os.Stat(certFile(dir, ca)); errors.Is(err, fs.ErrNotExist) {
		now := time.Now()
		err := issue(dir, ca, &x509.Certificate{
			Subject: pkix.Name{CommonName: "mercury-sim CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLasts),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}, nil)
		if err != nil {
			return tls.Certificate{}, err
		}
	}
	by, err := tls.LoadX509KeyPair(certFile(dir, ca), keyFile(dir, ca))
	if err != nil {
		err = fmt.Errorf("%w; for a new CA remove %s, and give it to all who trust this one", err, certFile(dir, ca))
	}
	return by, err
}

func leaf(name string, from, until time.Time, use x509.ExtKeyUsage) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
}

// issue makes a key and a certificate for it, signed by a CA or, without one, by itself, and writes both.
func issue(dir, name string, template *x509.Certificate, by *tls.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	parent, signer := template, crypto.PrivateKey(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return fmt.Errorf("make the certificate of a %s: %w", name, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := replace(keyFile(dir, name), "PRIVATE KEY", private); err != nil {
		return err
	}
	return replace(certFile(dir, name), "CERTIFICATE", cert)
}

func certFile(dir, name string) string { return filepath.Join(dir, name+".pem") }
func keyFile(dir, name string) string  { return filepath.Join(dir, name+"-key.pem") }

// replace lets nobody see half of a file.
func replace(file, kind string, content []byte) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
