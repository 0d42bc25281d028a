package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made is a directory with certificates that are good for an hour.
func made(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "certs")
	renew(t, dir, time.Now())
	return dir
}

// renew makes certificates that are good for an hour from then on.
func renew(t *testing.T, dir string, from time.Time, hosts ...string) {
	t.Helper()
	if err := Renew(dir, from, from.Add(time.Hour), hosts...); err != nil {
		t.Fatal(err)
	}
}

func serverOf(t *testing.T, dir string) *Store { return opened(t, dir, server) }
func clientOf(t *testing.T, dir string) *Store { return opened(t, dir, client) }

func opened(t *testing.T, dir, name string) *Store {
	t.Helper()
	s, err := Open(Files{CA: certFile(dir, ca), Cert: certFile(dir, name), Key: keyFile(dir, name)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve has a server meet one client, at the address that it returns, before the test ends.
func serve(t *testing.T, meet func(net.Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if conn, err := listener.Accept(); err == nil {
			meet(conn)
		}
	}()
	t.Cleanup(func() { listener.Close(); <-served })
	return listener.Addr().String()
}

// meet has a client dial a server under an address, and say a word that the server repeats.
func meet(t *testing.T, s, c *Store, address string) error {
	t.Helper()
	listener := serve(t, func(plain net.Conn) {
		conn := tls.Server(plain, s.Server())
		io.CopyN(conn, conn, 4)
		conn.Close()
	})
	toListener := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, listener)
	}
	conn, err := c.Over(toListener)(t.Context(), "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Write([]byte("word")) // where that fails, reading does too, and knows why
	_, err = io.ReadFull(conn, make([]byte, 4))
	return err
}

func TestWhoIsLetIn(t *testing.T) {
	dir, foreign, old := made(t), made(t), made(t)
	renew(t, old, time.Now().Add(-2*time.Hour))
	named := made(t)
	renew(t, named, time.Now(), "app.example", "192.0.2.7")
	nobody, err := Open(Files{CA: certFile(dir, ca)})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		server, client *Store
		address, fails string
	}{
		"by its loopback address":    {serverOf(t, dir), clientOf(t, dir), "127.0.0.1:1", ""},
		"by its name":                {serverOf(t, dir), clientOf(t, dir), "localhost:1", ""},
		"by a name that was asked":   {serverOf(t, named), clientOf(t, named), "app.example:1", ""},
		"by an address, too":         {serverOf(t, named), clientOf(t, named), "192.0.2.7:1", ""},
		"by another name":            {serverOf(t, dir), clientOf(t, dir), "app.example:1", "not app.example"},
		"a server of another CA":     {serverOf(t, foreign), clientOf(t, dir), "127.0.0.1:1", "unknown authority"},
		"a client of another CA":     {serverOf(t, dir), mixed(t, dir, foreign), "127.0.0.1:1", "unknown certificate authority"},
		"a client without any":       {serverOf(t, dir), nobody, "127.0.0.1:1", "certificate required"},
		"certificates that are past": {serverOf(t, old), clientOf(t, old), "127.0.0.1:1", "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			err := meet(t, test.server, test.client, test.address)
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%v, want %q", err, test.fails)
			}
			if Refused(err) != (err != nil) {
				t.Errorf("a refusal: %v, of %v", Refused(err), err)
			}
		})
	}
	if Refused(io.EOF) || Refused(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}) {
		t.Error("a lost connection is taken for a refusal")
	}
}

// mixed trusts the CA of one directory, and shows a certificate of another's.
func mixed(t *testing.T, trusts, shows string) *Store {
	t.Helper()
	s, err := Open(Files{CA: certFile(trusts, ca), Cert: certFile(shows, client), Key: keyFile(shows, client)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Both sides take new files with the next connection; files that can't be used leave those before in use.
func TestFilesAreReadAnew(t *testing.T) {
	dir := made(t)
	s, c := serverOf(t, dir), clientOf(t, dir)
	if err := meet(t, s, c, "127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(certFile(dir, ca)); err != nil { // so that there is another CA
		t.Fatal(err)
	}
	renew(t, dir, time.Now())
	foreign := clientOf(t, made(t))
	if err := meet(t, s, c, "127.0.0.1:1"); err != nil {
		t.Errorf("after both were renewed: %v", err)
	}
	for _, name := range []string{server, client} {
		if err := os.WriteFile(certFile(dir, name), []byte("half a cert"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer // of connections one by one
	s.Log, c.Log = slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.DiscardHandler)
	for range 2 {
		if err := meet(t, s, c, "127.0.0.1:1"); err != nil {
			t.Errorf("with files that can't be used: %v", err)
		}
	}
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, keyFile(dir, server)) {
		t.Errorf("logged %q", text)
	}
	if err := meet(t, s, foreign, "127.0.0.1:1"); err == nil {
		t.Error("a client of another CA was let in")
	}
}

// Ten thousand connections hold the same certificates, until these change.
func TestConnectionsShareWhatTheFilesSay(t *testing.T) {
	dir := made(t)
	s := serverOf(t, dir)
	first := s.now()
	if s.now() != first {
		t.Error("files that have not changed were taken apart again")
	}
	renew(t, dir, time.Now())
	if s.now() == first {
		t.Error("files that have changed were not")
	}
}

func TestWhatCannotBeUsed(t *testing.T) {
	dir := made(t)
	note := filepath.Join(dir, "note.txt")
	if err := os.WriteFile(note, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Files{
		"no CA in the file":       {CA: note},
		"a CA that is not there":  {CA: filepath.Join(dir, "none")},
		"a certificate alone":     {Cert: certFile(dir, server)},
		"another one's key":       {Cert: certFile(dir, server), Key: keyFile(dir, client)},
		"a key that is none":      {Cert: certFile(dir, server), Key: note},
		"a directory for the key": {Cert: certFile(dir, server), Key: dir},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(f); err == nil {
				t.Error("it can be used")
			}
		})
	}
	if err := os.WriteFile(keyFile(dir, ca), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Renew(dir, time.Now(), time.Now()); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a CA that can't be read: %v", err)
	}
	if err := os.Remove(keyFile(dir, ca)); err != nil {
		t.Fatal(err)
	}
	if err := Renew(dir, time.Now(), time.Now()); err == nil || !strings.Contains(err.Error(), "for a new CA remove "+certFile(dir, ca)) {
		t.Errorf("a CA without its key: %v", err)
	}
}
