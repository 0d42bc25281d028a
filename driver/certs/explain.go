package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// unshaken explains why there was no handshake.
func (l *Line) unshaken(err error) error {
	if l.reason(err) == "" && (errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ECONNRESET)) {
		return fmt.Errorf("the server did not answer the TLS handshake; see that it speaks TLS there (%w)", err)
	}
	return l.explain(err)
}

// explain says what is wrong between us and the server, and what to change; other errors stay as they are. Nothing
// is in quotes: gRPC puts its errors into some.
func (l *Line) explain(err error) error {
	if text := l.reason(err); text != "" {
		return fmt.Errorf("%s (%w)", text, err)
	}
	return err
}

func (l *Line) reason(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var refused *net.OpError
	var noTLS tls.RecordHeaderError
	keys := l.settings.Keys
	switch {
	case errors.As(err, &unknown) && l.settings.CA == "":
		return "no CA of this system signed the server's certificate; name the CA that did in " + keys + "_CA"
	case errors.As(err, &unknown):
		return "no CA in " + keys + "_CA signed the server's certificate; add the CA that did"
	case errors.As(err, &name):
		return fmt.Sprintf("the server's certificate is for %s, not for %s; dial a name that it is for, or set %s_SERVER_NAME to one",
			names(name.Certificate), name.Host, keys)
	case errors.As(err, &invalid):
		return untimely(invalid, time.Now())
	case errors.As(err, &refused) && refused.Op == "remote error":
		return l.refusal()
	case errors.As(err, &noTLS):
		return "the server does not speak TLS; switch it on there, or say plain text here"
	}
	return ""
}

// names is whom a certificate is for.
func names(cert *x509.Certificate) string {
	all := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		all = append(all[:len(all):len(all)], ip.String())
	}
	if len(all) == 0 {
		return "nobody by a subject alternative name"
	}
	return strings.Join(all[:min(len(all), 5)], ", ")
}

func untimely(invalid x509.CertificateInvalidError, now time.Time) string {
	cert := invalid.Cert
	switch {
	case invalid.Reason != x509.Expired:
		return "the server's certificate is not one for servers, or its chain is no good; have it made anew"
	case now.Before(cert.NotBefore):
		return fmt.Sprintf("in the server's chain the certificate of %s is not good before %s; set the clocks right, or wait",
			cert.Subject, cert.NotBefore.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("in the server's chain the certificate of %s expired at %s; renew it", cert.Subject,
		cert.NotAfter.UTC().Format(time.RFC3339))
}

// refusal is for an alert by which a server refuses us; what it has against us is in the alert.
func (l *Line) refusal() string {
	if l.settings.Cert == "" {
		return fmt.Sprintf("the server refuses us; if it wants a certificate of ours, set %s_CERT and %[1]s_KEY", l.settings.Keys)
	}
	return fmt.Sprintf("the server refuses us; see that it takes the certificate in %s_CERT", l.settings.Keys)
}
