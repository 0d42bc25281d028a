package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certs is a directory with the files that mercury-sim certs makes.
type certs string

// makeCerts makes a directory of its own CA.
func makeCerts(t *testing.T, flags ...string) certs {
	t.Helper()
	dir := certs(filepath.Join(t.TempDir(), "certs"))
	dir.renew(t, flags...)
	return dir
}

// renew makes a server's and a client's certificate, by the CA that is there.
func (c certs) renew(t *testing.T, flags ...string) {
	t.Helper()
	p := start(t, "certs", nil, simProgram, append([]string{"certs", "-out", string(c)}, flags...)...)
	if code := p.exit(15 * time.Second); code != 0 {
		t.Fatalf("mercury-sim certs ended with %d: %s", code, p.said())
	}
}

// replace makes all anew, with another CA.
func (c certs) replace(t *testing.T) {
	t.Helper()
	for _, name := range []string{"ca.pem", "ca-key.pem"} {
		if err := os.Remove(c.file(name)); err != nil {
			t.Fatal(err)
		}
	}
	c.renew(t)
}

// copy keeps what is there now.
func (c certs) copy(t *testing.T) certs {
	t.Helper()
	kept := certs(t.TempDir())
	if err := os.CopyFS(string(kept), os.DirFS(string(c))); err != nil {
		t.Fatal(err)
	}
	return kept
}

func (c certs) file(name string) string { return filepath.Join(string(c), name) }

// settings are those of a line of the driver, VENDOR_APP or REDIS, that trusts the CA and shows the client's.
func (c certs) settings(line string) []string {
	return []string{line + "_CA=" + c.file("ca.pem"), line + "_CERT=" + c.file("client.pem"), line + "_KEY=" + c.file("client-key.pem")}
}

// client are the flags of whoever dials.
func (c certs) client(prefix string) []string {
	return []string{"-" + prefix + "ca", c.file("ca.pem"), "-" + prefix + "cert", c.file("client.pem"), "-" + prefix + "key", c.file("client-key.pem")}
}

// server are the flags of an app that lets in who has a certificate.
func (c certs) server() []string {
	return []string{"-tls-cert", c.file("server.pem"), "-tls-key", c.file("server-key.pem"), "-tls-client-ca", c.file("ca.pem")}
}

// library is the environment of the simulated library.
func (c certs) library() []string {
	return []string{"MERCURY_SIM_TLS_CERT=" + c.file("server.pem"), "MERCURY_SIM_TLS_KEY=" + c.file("server-key.pem"), "MERCURY_SIM_TLS_CLIENT_CA=" + c.file("ca.pem")}
}
