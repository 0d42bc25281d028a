package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Load reads what the line's files say now, for a client. Each fault names a key whose file has to change. The
// ServerName is that of t: where it is empty, the dialler sets it.
func (t TLS) Load(now time.Time) (loaded *tls.Config, faults Faults) {
	loaded = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		roots, err := readCertificates(t.CA)
		if err != nil {
			faults = append(faults, Fault{t.Keys + "_CA", err.Error()})
		}
		loaded.RootCAs = roots
	}
	switch {
	case t.Cert == "" && t.Key == "":
		return loaded, faults
	case t.Key == "":
		if _, err := readCertificates(t.Cert); err != nil {
			faults = append(faults, Fault{t.Keys + "_CERT", err.Error()})
		}
		return loaded, append(faults, Fault{t.Keys + "_KEY", fmt.Sprintf("is not set, but %s_CERT is; want both, or none", t.Keys)})
	case t.Cert == "":
		return loaded, append(faults, Fault{t.Keys + "_CERT", fmt.Sprintf("is not set, but %s_KEY is; want both, or none", t.Keys)})
	}
	own, err := readOwn(t.Cert, t.Key, now)
	if err != nil {
		faults = append(faults, Fault{t.Keys + "_CERT", err.Error()})
	}
	// Shown whichever CAs the server says that it knows: else it could not say what is wrong with ours.
	loaded.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	return loaded, faults
}

func readCertificates(file string) (*x509.CertPool, error) {
	text, err := ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no certificate in it; want PEM", file)
	}
	return pool, nil
}

// readOwn reads a certificate that a client may show now, with its chain, and its key.
func readOwn(certFile, keyFile string, now time.Time) (own tls.Certificate, err error) {
	cert, err := ReadFile(certFile)
	if err != nil {
		return own, err
	}
	key, err := ReadFile(keyFile)
	if err != nil {
		return own, err
	}
	if own, err = tls.X509KeyPair(cert, key); err != nil {
		return own, fmt.Errorf("%s and %s are not a certificate and its key (%w)", certFile, keyFile, err)
	}
	uses, from, until := own.Leaf.ExtKeyUsage, own.Leaf.NotBefore.UTC(), own.Leaf.NotAfter.UTC()
	switch {
	case uses != nil && !slices.Contains(uses, x509.ExtKeyUsageClientAuth) && !slices.Contains(uses, x509.ExtKeyUsageAny):
		err = fmt.Errorf("%s is not for clients; want a certificate with the extended key usage clientAuth", certFile)
	case now.After(until):
		err = fmt.Errorf("%s expired at %s; want one that is good now", certFile, until.Format(time.RFC3339))
	case now.Before(from):
		err = fmt.Errorf("%s is not good before %s; want one that is good now, or the clock set right", certFile, from.Format(time.RFC3339))
	}
	return own, err
}
