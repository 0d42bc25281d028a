package report

import (
	"errors"
	"log/slog"

	"github.com/getsentry/sentry-go"
)

// stackKey is the attribute of a panic's stack as text. Sentry gets it as frames instead.
const stackKey = "stack"

const (
	// tagMost is the longest value, in bytes, that Sentry takes for a tag; longer ones go into a context.
	tagMost = 200
	// textMost is the longest text of any kind that is sent.
	textMost = 16 << 10
)

// event words a log record for Sentry. A record's message is a fixed sentence and groups the reports;
// what varies is in its attributes.
func (s *outlet) event(record slog.Record, attrs []slog.Attr) *sentry.Event {
	event := sentry.NewEvent()
	event.Level = sentry.LevelError
	event.Timestamp = record.Time
	event.Message = s.clean(record.Message)
	event.Fingerprint = []string{event.Message}
	event.Exception = []sentry.Exception{{Type: event.Message}}
	details := sentry.Context{}
	for _, a := range attrs {
		switch value := s.clean(a.Value.String()); {
		case a.Key == Err:
			event.Exception[0].Value = value
		case a.Key == stackKey:
		case len(value) > tagMost:
			details[a.Key] = value
		default:
			event.Tags[a.Key] = value
		}
	}
	if len(details) > 0 {
		event.Contexts["log"] = details
	}
	return event
}

// clean makes a text fit to leave the process.
func (s *outlet) clean(text string) string {
	text = s.scrub.text(text)
	if len(text) > textMost {
		text = text[:textMost] + "..."
	}
	return text
}

// find returns the last value under key; the zero Value when there is none.
func find(attrs []slog.Attr, key string) (value slog.Value) {
	for _, a := range attrs {
		if a.Key == key {
			value = a.Value
		}
	}
	return value
}

// asPanic returns the panic that a logged error is, or nil.
func asPanic(value slog.Value) *Panic {
	var panicked *Panic
	if err, ok := value.Any().(error); ok && errors.As(err, &panicked) {
		return panicked
	}
	return nil
}
