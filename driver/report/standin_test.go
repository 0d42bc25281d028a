package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	sentryKey = "0123456789abcdef"
	password  = "pl4nted-p4ss/word"
)

// standIn is an HTTP server in Sentry's place.
type standIn struct {
	t      *testing.T
	server *httptest.Server
	mu     sync.Mutex
	bodies []string
}

// sentReport is what the tests look at in a report.
type sentReport struct {
	Level, Message, Release, Environment, ServerName string
	Tags                                             map[string]string
	Modules                                          map[string]string
	Contexts                                         map[string]map[string]any
	Exception                                        []struct {
		Type, Value string
		Stacktrace  struct{ Frames []struct{ Function string } }
	}
}

func newStandIn(t *testing.T) *standIn {
	s := &standIn{t: t}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	if !strings.Contains(r.Header.Get("X-Sentry-Auth"), sentryKey) {
		s.t.Errorf("no key in %q", r.Header.Get("X-Sentry-Auth"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, string(body))
}

// options are good ones for a Reporter that reports here.
func (s *standIn) options(log io.Writer) Options {
	return Options{
		Log: log, Format: "json", Port: 5002,
		DSN:     strings.Replace(s.server.URL, "://", "://"+sentryKey+"@", 1) + "/42",
		Release: "mercury-driver@4.6.1.212", Environment: "test",
		Secrets: []string{password, sentryKey},
	}
}

// raw returns all that arrived, as it came.
func (s *standIn) raw() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.bodies...)
}

// reports closes r and returns the reports that arrived, in order.
func (s *standIn) reports(r *Reporter) (reports []sentReport) {
	s.t.Helper()
	if !r.Close(5 * time.Second) {
		s.t.Error("not all was sent")
	}
	for _, body := range s.raw() {
		lines := bufio.NewReader(strings.NewReader(body))
		lines.ReadString('\n') // the envelope's header
		lines.ReadString('\n') // the item's header
		var sent sentReport
		decoder := json.NewDecoder(lines)
		if err := decoder.Decode(&sent); err != nil {
			s.t.Fatalf("%v in %s", err, body)
		}
		reports = append(reports, sent)
	}
	return reports
}

// open returns a Reporter, with its log as slog's default as in main.
func open(t *testing.T, o Options) *Reporter {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	before := slog.Default()
	slog.SetDefault(r.Log)
	t.Cleanup(func() { slog.SetDefault(before) })
	return r
}

// lines reads a JSON log.
func lines(t *testing.T, log *bytes.Buffer) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log.String()) {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}
