package e2e

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A driver with a STATE_DIR that was killed without a word says so at its next start, to Sentry too.
func TestKilledIsReported(t *testing.T) {
	s := startSentry(t)
	d := aDriver(t, freePort(t), freePort(t), "STATE_DIR="+t.TempDir(), "SENTRY_DSN="+s.dsn()).start(t)
	listening := func() error { return d.says("listening for controllers") }
	eventually(t, 10*time.Second, "it runs", listening)
	d.kill()
	d.start(t)
	eventually(t, 10*time.Second, "it runs again", listening)
	if err := d.says("the last run was killed without a word"); err != nil {
		t.Error(err)
	}
	eventually(t, 10*time.Second, "sentry hears of it", func() error { return s.heard("the last run was killed") })

	d.stop(20 * time.Second)
	d.start(t)
	eventually(t, 10*time.Second, "it runs a third time", listening)
	if err := d.says("the last run ended by itself"); err != nil {
		t.Error(err)
	}
}

// An error that ends the driver reaches Sentry before it is gone, with the port that it is about.
func TestTheLastErrorReachesSentry(t *testing.T) {
	s := startSentry(t)
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	addr := strings.TrimPrefix(taken.URL, "http://")
	d := aDriver(t, freePort(t), freePort(t), "ADMIN_ADDR="+addr, "SENTRY_DSN="+s.dsn()).start(t)
	if code := d.exit(15 * time.Second); code != 75 {
		t.Errorf("it ended with %d, want 75", code)
	}
	if err := s.heard(addr); err != nil {
		t.Error(err)
	}
}

// sentry stands in for Sentry: it keeps what is reported to it.
type sentry struct {
	server *httptest.Server
	mu     sync.Mutex
	bodies strings.Builder
}

func startSentry(t *testing.T) *sentry {
	s := &sentry{}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *sentry) dsn() string {
	return strings.Replace(s.server.URL, "http://", "http://key@", 1) + "/1"
}

// ServeHTTP implements http.Handler.
func (s *sentry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	io.Copy(&s.bodies, body)
}

// all is everything that was reported.
func (s *sentry) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies.String()
}

// heard fails unless a report has this text in it.
func (s *sentry) heard(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.Contains(s.bodies.String(), text) {
		return fmt.Errorf("no report says %q; %d bytes were reported", text, s.bodies.Len())
	}
	return nil
}
