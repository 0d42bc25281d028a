//go:build !mpl

package cvendor_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/certs"
	"mercury-driver/sim/link"
)

// secure has the simulator speak TLS on the channels that it opens from now on.
func secure(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := certs.Renew(dir, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"CERT": "server.pem", "KEY": "server-key.pem", "CLIENT_CA": "ca.pem"} {
		t.Setenv("MERCURY_SIM_TLS_"+name, filepath.Join(dir, file))
	}
	return dir
}

// The version of a link's TLS, and a connection that was not let in, cross as messages.
func TestLinksOverTLS(t *testing.T) {
	dir := secure(t)
	s := open(t)
	address := fmt.Sprintf("127.0.0.1:%d", s.port)
	plain, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.Write(link.AppendHello(nil, 5, &scp.Identity{Serial: 1}))
	refused := s.next(scp.CommRefused)
	if refused.SCP != -1 || refused.Attachment != 0 || refused.Text != plain.LocalAddr().String()+": no TLS" {
		t.Errorf("comm_refused is %+v", refused)
	}
	panel, err := certs.Open(certs.Files{CA: dir + "/ca.pem", Cert: dir + "/client.pem", Key: dir + "/client-key.pem"})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", address, panel.Client("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(link.AppendHello(nil, 5, &scp.Identity{Serial: 1, Oldest: 1})); err != nil {
		t.Fatal(err)
	}
	if online := s.next(scp.CommOnline); online.TLS != "1.3" || online.Text != conn.LocalAddr().String() {
		t.Errorf("comm_online is %+v", online)
	}
	s.next(scp.IdentityTold)
}

// A channel that can't have its certificates is not opened in plain text instead.
func TestChannelWithoutItsCertificates(t *testing.T) {
	for name, test := range map[string]struct{ key, value, says string }{
		"a file that is not there": {"MERCURY_SIM_TLS_KEY", "/no/such.pem", "MERCURY_SIM_TLS_CERT and its like: open /no/such.pem"},
		"one that is not named":    {"MERCURY_SIM_TLS_CLIENT_CA", "", "go together"},
	} {
		t.Run(name, func(t *testing.T) {
			secure(t)
			t.Setenv(test.key, test.value)
			library, err := cvendor.Open(channel)
			if err != nil {
				t.Fatal(err)
			}
			defer library.Close()
			_, err = library.Post(0, scp.Command{Target: channel, Action: scp.OpenChannel{Port: uint32(freePort(t))}}, scp.Terms{})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want one that says %q", err, test.says)
			}
		})
	}
}
