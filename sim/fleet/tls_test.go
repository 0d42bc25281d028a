package fleet

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"
	"time"

	"mercury-driver/sim/certs"
)

// opened reads the pair of a directory, and trusts the CA of one.
func opened(t *testing.T, trusts, dir, pair string) *certs.Store {
	t.Helper()
	s, err := certs.Open(certs.Files{CA: filepath.Join(trusts, "ca.pem"), Cert: filepath.Join(dir, pair+".pem"),
		Key: filepath.Join(dir, pair+"-key.pem")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Panels with certificates of the driver's CA are let in, and all that they log arrives; others are not, which is said
// once however many they are.
func TestPanelsOverTLS(t *testing.T) {
	dir, foreign := t.TempDir(), t.TempDir()
	for _, made := range []string{dir, foreign} {
		if err := certs.Renew(made, time.Now(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	v, logs := newVault(), t.TempDir()
	h := startHost(t, v, func() (net.Listener, error) {
		l, err := onLoopback()
		if err != nil {
			return nil, err
		}
		return tls.NewListener(l, opened(t, dir, dir, "server").Server()), nil
	})
	f, stop := launch(t, Options{Connect: []string{h.address}, Panels: 5, LogDir: logs, Scenario: "rush", Transactions: 500, Rate: 500,
		Faults: scripted(t, "drop every 1s"), TLS: opened(t, dir, dir, "client")})
	strangers := &said{}
	others, _ := launch(t, Options{Connect: []string{h.address}, Panels: 5, FirstSerial: 70001, Log: strangers.log(),
		TLS: opened(t, dir, foreign, "client")})
	eventually(t, "all raised and acknowledged", func() bool {
		s := f.Stats()
		return s.Raised == 500 && s.Unread == 0
	})
	eventually(t, "the others are refused", func() bool { return h.lib.Counts().Refused >= 10 })
	if n := strangers.lines("WARN"); n != 1 || strangers.lines("unknown certificate authority") != 1 || others.Stats().Links > 0 {
		t.Errorf("%d warnings, %d links: %s", n, others.Stats().Links, strangers.text.String())
	}
	stop()
	compare(t, v, journalled(t, logs))
}
