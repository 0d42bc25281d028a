package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// All lines are encrypted, both ends of each show certificates, and Redis has a user who may do what README says and no
// more: everything works.
func TestAllLinesOverTLS(t *testing.T) {
	s := startSecureSystem(t, makeCerts(t))
	d := s.aDriver(t).start(t)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), 3, append(s.certs.client("tls-"), "-scenario", "rush", "-transactions", "90", "-rate", "60")...)
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(3) })
	f.settle(30 * time.Second)
	if n := s.app.count(`SELECT count(*) FROM controllers WHERE tls = '1.3'`); n != 3 {
		t.Errorf("%d panels are known to speak TLS 1.3", n)
	}
	for _, route := range []string{"redis", "claim", "stream"} {
		if err := s.unlock(t, firstSerial, route); err != nil {
			t.Errorf("by %s: %v", route, err)
		}
	}
	t.Run("panels of another CA", func(t *testing.T) { s.refusesPanels(t, d, makeCerts(t).client("tls-")[2:]...) })
	t.Run("panels without certificates", func(t *testing.T) { s.refusesPanels(t, d) })
	if err := s.unlock(t, firstSerial, "redis"); err != nil {
		t.Error(err)
	}
	d.stop(20 * time.Second)
}

// refusesPanels runs panels that must not be let in; shown are their flags of certificates. They say so once.
func (s *secureSystem) refusesPanels(t *testing.T, d *driver, shown ...string) {
	before := d.metric("mercury_connections_refused_total")
	flags := []string{"-scenario", "idle", "-tls-ca", s.certs.file("ca.pem")}
	f := startFleet(t, loopback(d.port), 3, append(flags, shown...)...)
	eventually(t, 15*time.Second, "they are refused", func() error {
		if n := d.metric("mercury_connections_refused_total") - before; n < 6 {
			return fmt.Errorf("%d times", n)
		}
		return nil
	})
	if links, said := f.progress().Links, strings.Count(f.said(), "panels can not connect"); links > 0 || said != 1 {
		t.Errorf("%d were let in; they say %d times that they were not", links, said)
	}
	if err := d.logged("a connection to the port for controllers was refused", "cause"); err != nil {
		t.Error(err)
	}
}

// Whoever replaces the certificates under a running driver and app, and their CA, restarts nothing: the next
// connections are made with the new ones.
func TestReplacedCertificates(t *testing.T) {
	c := makeCerts(t)
	old := c.copy(t)
	s := startSecureSystem(t, c)
	m := startMeddler(t, loopback(s.app.port))
	d := s.aDriver(t, "VENDOR_APP_ADDR="+m.addr).start(t)
	d.awaitReady()
	c.replace(t)
	const taken = "certificate files were replaced: connections from now on use the new ones"
	for _, line := range []string{"vendor_app", "redis"} {
		eventually(t, 20*time.Second, "the new files are loaded for "+line, func() error { return d.logged(taken, line) })
	}
	t.Run("to the app", func(t *testing.T) {
		m.cut()
		eventually(t, 15*time.Second, "the stream is there again", func() error { return d.reached("mercury_stream_reconnects_total", 1) })
		d.awaitReady()
		d := s.aDriver(t, old.settings("VENDOR_APP")...).start(t)
		eventually(t, 15*time.Second, "the old ones are good for nothing", func() error {
			return d.logged("no CA in VENDOR_APP_CA signed the server's certificate", "addr")
		})
	})
	t.Run("to Redis", func(t *testing.T) {
		s.redis.reload(t)
		eventually(t, 15*time.Second, "Redis is there again", func() error { return d.reached("mercury_redis_reconnects_total", 1) })
		d.awaitReady()
	})
	t.Run("ones that can't be used", func(t *testing.T) {
		if err := os.WriteFile(c.file("client.pem"), []byte("half a certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		eventually(t, 20*time.Second, "they are noticed", func() error {
			return d.reached(`mercury_certificates_stale{line="vendor_app"}`, 1)
		})
		if err := d.logged("ones that can't be used: those from before stay in use", "VENDOR_APP_CERT"); err != nil {
			t.Error(err)
		}
		m.cut()
		eventually(t, 15*time.Second, "the stream is there with those from before", func() error {
			return d.reached("mercury_stream_reconnects_total", 2)
		})
		d.awaitReady()
	})
}
