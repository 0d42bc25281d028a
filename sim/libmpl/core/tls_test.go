package core

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/certs"
	"mercury-driver/sim/link"
)

// made is a directory with certificates that are good for an hour.
func made(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := certs.Renew(dir, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// files are those of a pair; whoever shows it trusts the CA of the directory trusts.
func files(trusts, dir, pair string) certs.Files {
	return certs.Files{CA: trusts + "/ca.pem", Cert: dir + "/" + pair + ".pem", Key: dir + "/" + pair + "-key.pem"}
}

func store(t *testing.T, f certs.Files) *certs.Store {
	t.Helper()
	s, err := certs.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// secured opens a library on a listener of which it asks TLS, and certificates of the directory's CA.
func secured(t *testing.T, dir string, listener net.Listener) *Library {
	t.Helper()
	config := store(t, files(dir, dir, "server")).Server()
	lib := New(Options{Open: Sockets(func(uint32) (net.Listener, error) { return tls.NewListener(listener, config), nil })})
	if err := lib.Config("9001 0 5001"); err != nil {
		t.Fatal(err)
	}
	return lib
}

// call dials with a pair of certificates and says hello. Whoever is refused may learn of it by reading alone.
func call(t *testing.T, dial func() (net.Conn, error), f certs.Files) (net.Conn, error) {
	t.Helper()
	under := func(context.Context, string, string) (net.Conn, error) { return dial() }
	conn, err := store(t, f).Over(under)(t.Context(), "tcp", "localhost:5001")
	if err != nil {
		return nil, err
	}
	conn.Write(hello(61364))
	return conn, nil
}

func TestLinkOverTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, dialled := made(t), make(pipes)
		lib := secured(t, dir, dialled)
		defer lib.Close()
		conn, err := call(t, func() (net.Conn, error) { return dialled.dial(), nil }, files(dir, dir, "client"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if m := take(t, lib, scp.CommOnline); m.TLS != "1.3" {
			t.Errorf("TLS %q", m.TLS)
		}
		take(t, lib, scp.IdentityTold)
		if err := lib.Config("9024 0"); err != nil {
			t.Fatal(err)
		}
		r, f := link.NewReader(conn), link.Frame{}
		for f.Type != link.Command {
			if err := r.Next(&f); err != nil {
				t.Fatal(err)
			}
		}
		go io.Copy(io.Discard, conn)
		conn.Write(append(reply(f.Tag, scp.ReplyOK), transaction(0, 1)...))
		take(t, lib, scp.CommandReply)
		take(t, lib, scp.DoorPosition)
		if err := lib.Config("9033 0"); err != nil {
			t.Fatal(err)
		}
		take(t, lib, scp.CommOffline)
	})
}

// Who shows no certificate of the CA never gets a number; the library says who it was and why, and serves the others.
func TestRefusedControllers(t *testing.T) {
	dir, foreign, old := made(t), made(t), t.TempDir()
	err := os.CopyFS(old, os.DirFS(dir)) // the same CA
	if err == nil {
		err = certs.Renew(old, time.Now().Add(-time.Hour), time.Now().Add(-time.Minute))
	}
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lib := secured(t, dir, listener)
	defer lib.Close()
	var peer net.Conn
	dial := func() (_ net.Conn, err error) {
		peer, err = net.Dial("tcp", listener.Addr().String())
		return peer, err
	}
	tests := map[string]struct {
		files certs.Files
		why   string
	}{
		"without a certificate": {certs.Files{CA: dir + "/ca.pem"}, "client didn't provide a certificate"},
		"of another CA":         {files(dir, foreign, "client"), "a certificate of another CA"},
		"with one for servers":  {files(dir, dir, "server"), "failed to verify certificate"},
		"with one that is past": {files(dir, old, "client"), "a certificate out of its time"},
		"who refuses us":        {files(foreign, foreign, "client"), "refuses us: "},
	}
	for name, test := range tests {
		conn, err := call(t, dial, test.files)
		if err == nil {
			_, err = io.ReadAll(conn)
			conn.Close()
		}
		if !certs.Refused(err) {
			t.Errorf("%s: it ended with %v", name, err)
		}
		m := take(t, lib, scp.CommRefused)
		if want := peer.LocalAddr().String() + ": " + test.why; m.SCP != -1 || m.Attachment != 0 || !strings.HasPrefix(m.Text, want) {
			t.Errorf("%s: %+v, want %q", name, m, want)
		}
	}
	old12 := store(t, files(dir, dir, "client")).Client("localhost")
	old12.MinVersion, old12.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if conn, err := dial(); err == nil {
		tls.Client(conn, old12).Handshake()
		conn.Close()
	}
	if m := take(t, lib, scp.CommRefused); !strings.HasPrefix(m.Text, peer.LocalAddr().String()+": client offered only unsupported versions") {
		t.Errorf("with TLS 1.2: %+v", m)
	}
	plain, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.Write(hello(61364))
	if m := take(t, lib, scp.CommRefused); m.Text != plain.LocalAddr().String()+": no TLS" {
		t.Errorf("in plain text: %+v", m)
	}
	if n := lib.Counts().Refused; n != uint64(len(tests)+2) {
		t.Errorf("%d are counted", n)
	}
	conn, err := call(t, dial, files(dir, dir, "client"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	take(t, lib, scp.CommOnline)
}

// Who does not go on with the handshake holds up nobody, is let go, and is nothing to tell of: a load balancer that
// looks whether the port is open does that all day.
func TestHandshakeThatIsNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, dialled := made(t), make(pipes)
		lib := secured(t, dir, dialled)
		silent, hasty := dialled.dial(), dialled.dial()
		hasty.Close()
		conn, err := call(t, func() (net.Conn, error) { return dialled.dial(), nil }, files(dir, dir, "client"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		take(t, lib, scp.CommOnline)
		take(t, lib, scp.IdentityTold)
		began := time.Now()
		if _, err := silent.Read(make([]byte, 1)); err != io.EOF || time.Since(began) > 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		late := dialled.dial() // in its handshake when the library closes
		lib.Close()
		late.Close()
		if n := lib.Counts().Refused; n != 0 {
			t.Errorf("%d refusals", n)
		}
	})
}
