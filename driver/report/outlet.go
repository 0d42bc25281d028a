package report

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/getsentry/sentry-go"
)

// outlet is the way to Sentry. Sending costs the caller the making of an event and never a wait.
type outlet struct {
	client *sentry.Client
	http   *http.Transport
	scrub  scrubber
	limit  *limiter
}

const (
	// queued is the most reports that wait for Sentry; the next ones are dropped.
	queued = 64
	// sendTimeout is how long one report may take on its way.
	sendTimeout = 5 * time.Second
)

func newOutlet(o Options, scrub scrubber) (*outlet, error) {
	transport := sentry.NewHTTPTransport()
	transport.BufferSize, transport.Timeout = queued, sendTimeout
	s := &outlet{
		http:  &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute},
		scrub: scrub,
		limit: newLimiter(),
	}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn:           o.DSN,
		Environment:   o.Environment,
		Release:       o.Release,
		Transport:     transport,
		HTTPTransport: s.http,
		// The default integrations add the list of modules, the runtime's state, and tags from
		// SENTRY_TAGS_ variables. Only the host's name is added to what we say ourselves.
		Integrations: func([]sentry.Integration) []sentry.Integration { return nil },
	})
	s.client = client
	return s, err
}

func (s *outlet) send(record slog.Record, attrs []slog.Attr) {
	err := find(attrs, Err)
	panicked := asPanic(err)
	if panicked != nil && panicked.sent.Swap(true) {
		return
	}
	held, ok := s.limit.admit(record.Message+"\n"+err.String(), record.Time)
	if !ok {
		return
	}
	event := s.event(record, attrs)
	if panicked != nil {
		event.Level = sentry.LevelFatal
		event.Fingerprint = nil // Sentry's own, by the stack
		event.Exception[0].Stacktrace = panicked.frames
	}
	if held > 0 {
		event.Tags["held_back"] = strconv.Itoa(held)
	}
	s.client.CaptureEvent(event, nil, nil)
}

// close may leave one request behind, for at most sendTimeout.
func (s *outlet) close(bound time.Duration) bool {
	sent := s.client.Flush(bound)
	s.client.Close()
	s.http.CloseIdleConnections()
	return sent
}
