package e2e

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is planted where secrets are: as a password of Redis, as the key of a Sentry project, and in a command.
const (
	plantedSentryKey = "pl4ntedsentrykey"
	plantedPIN       = "48213377"
	plantedCard      = "7766554433221100"
)

// Nothing that a run puts out has a secret in it: not its log in either form and at its most talkative, nor what it
// shows of itself, what it reports to Sentry, or what a crash leaves behind. With payloads in the log, and with a scrubber that
// scrubs nothing, the test was seen to fail.
func TestNoSecretGetsOut(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			s, reports, state := startSecureSystem(t, makeCerts(t)), startSentry(t), t.TempDir()
			d := s.aDriver(t, "LOG_FORMAT="+format, "LOG_LEVEL=debug", "STATE_DIR="+state,
				"SENTRY_DSN="+strings.Replace(reports.dsn(), "key@", plantedSentryKey+"@", 1))
			secrets := s.secrets(t)

			d.start(t).awaitReady()
			startFleet(t, loopback(d.port), 1, append(s.certs.client("tls-"), "-scenario", "idle")...)
			s.tellSecrets(t)
			scan(t, "/metrics, /healthz and /readyz", d.shown(t), secrets)
			title, err := d.psLine()
			if err != nil {
				t.Fatal(err)
			}
			scan(t, "the title", title, secrets)
			d.signal(syscall.SIGABRT) // a crash, which leaves all stacks in STATE_DIR
			d.exit(10 * time.Second)
			scan(t, "the log", d.said(), secrets)

			d.settings = append(d.settings, "REDIS_URL=rediss://driver:"+redisPassword+"@"+startEcho(t, s.certs, redisPassword))
			d.start(t)
			eventually(t, 15*time.Second, "a Redis repeats the password", func() error { return d.says("'***'") })
			eventually(t, 15*time.Second, "Sentry hears of the crash", func() error { return reports.heard("the last run crashed") })
			scan(t, "/metrics, /healthz and /readyz", d.shown(t), secrets)
			d.stop(20 * time.Second)
			scan(t, "the log after the crash", d.said(), secrets)
			scan(t, "reports", strings.ReplaceAll(reports.all(), `"dsn":"http://`+plantedSentryKey, ""), secrets) // how it finds its project
			scan(t, "STATE_DIR", contents(t, state), secrets)

			for _, flag := range []string{"-check-config", "-h"} {
				p := start(t, "driver "+flag, append(d.settings, fmt.Sprintf("PORT=%d", d.port)), driverProgram, flag)
				if code := p.exit(15 * time.Second); code != 0 {
					t.Errorf("%s ended with %d", flag, code)
				}
				scan(t, flag, p.said(), secrets)
			}
		})
	}
}

// secrets are what must not be found: what is planted, and the lines of the private keys.
func (s *secureSystem) secrets(t *testing.T) []string {
	t.Helper()
	found := []string{redisPassword, plantedSentryKey, plantedPIN, plantedCard}
	for _, name := range []string{"client-key.pem", "server-key.pem"} {
		text, err := os.ReadFile(s.certs.file(name))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		found = append(found, lines[1:len(lines)-1]...)
	}
	return found
}

// tellSecrets sends a driver's controller a card with its PIN, and payloads in which they can't be read.
func (s *secureSystem) tellSecrets(t *testing.T) {
	t.Helper()
	eventually(t, 15*time.Second, "the panel is online", func() error { return s.app.hasOnline(1) })
	args := []string{"send", fmt.Sprint(firstSerial), "put-card", "-card", plantedCard, "-pin", plantedPIN, "-app", loopback(s.app.port)}
	p := start(t, "send", nil, simProgram, append(args, s.certs.client("tls-")...)...)
	if code := p.exit(15 * time.Second); code != 0 {
		t.Fatalf("put-card ended with %d: %s", code, p.said())
	}
	for _, payload := range []string{
		`{"put_card":{"card":"%s","pin":%s`,
		`{"put_card":{"card":"%s","pin":%s "doors":1}}`,
		`{"id":"wrong-type","put_card":{"card":"%s","pin":"%s-"}}`,
		`{"id":"no-field","put_card":{"card":"%s","pin":%s,"colour":"red"}}`,
		`{"id":"twice","put_card":{"card":"%s","pin":%s},"unlock":{"door":1}}`,
		"%s %s",
	} {
		s.redis.publish(firstSerial, fmt.Sprintf(payload, plantedCard, plantedPIN))
		if !strings.Contains(payload, "id") {
			passes(t, 1100*time.Millisecond, "of those that nobody can be answered for, one a second is logged")
		}
	}
}

// shown is what the driver shows over HTTP.
func (d *driver) shown(t *testing.T) (all string) {
	t.Helper()
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		_, body, err := d.get(path)
		if err != nil || body == "" {
			t.Fatalf("%s: %q, %v", path, body, err)
		}
		all += body
	}
	return all
}

// startEcho stands in for a Redis that knows no command and says so, with what it was told.
func startEcho(t *testing.T, c certs, told string) (address string) {
	t.Helper()
	own, err := tls.LoadX509KeyPair(c.file("server.pem"), c.file("server-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for buffer := make([]byte, 4096); ; {
					if _, err := conn.Read(buffer); err != nil {
						return
					}
					fmt.Fprintf(conn, "-ERR unknown command, with args beginning with: '%s'\r\n", told)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// contents is what all files of a directory hold.
func contents(t *testing.T, dir string) (all string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing is in %s: %v", dir, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// scan fails where a text has a secret in it, and where there is no text.
func scan(t *testing.T, what, text string, secrets []string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s: nothing to look at", what)
	}
	out := 0
	for _, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			out++
			t.Errorf("%s: %q is in ...%s", what, secret, text[max(0, at-200):at+len(secret)])
		}
	}
	keep(t, "secrets in what it puts out", number(0), number(out))
}
