package report

import (
	"context"
	"log/slog"
	"slices"
)

// teeHandler logs, and hands what is logged as an error on to Sentry.
type teeHandler struct {
	slog.Handler
	sentry *outlet
	attrs  []slog.Attr // of the logger, their keys already with group
	group  string      // of the logger, as a prefix: "config."
}

// Handle is slog.Handler.
func (h *teeHandler) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelError {
		attrs := slices.Clip(h.attrs)
		record.Attrs(func(a slog.Attr) bool {
			attrs = flatten(attrs, h.group, a)
			return true
		})
		defer h.sentry.send(record, attrs)
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs is slog.Handler.
func (h *teeHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.Handler = h.Handler.WithAttrs(attrs)
	with.attrs = slices.Clip(h.attrs)
	for _, a := range attrs {
		with.attrs = flatten(with.attrs, h.group, a)
	}
	return &with
}

// WithGroup is slog.Handler.
func (h *teeHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.Handler = h.Handler.WithGroup(name)
	with.group = h.group + name + "."
	return &with
}

// flatten appends a, or what a has in it when it is a group.
func flatten(attrs []slog.Attr, group string, a slog.Attr) []slog.Attr {
	value := a.Value.Resolve()
	if value.Kind() != slog.KindGroup {
		return append(attrs, slog.Attr{Key: group + a.Key, Value: value})
	}
	if a.Key != "" {
		group += a.Key + "."
	}
	for _, member := range value.Group() {
		attrs = flatten(attrs, group, member)
	}
	return attrs
}
