package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/sys/unix"
)

// newLog writes lines for people on a terminal, and JSON in a pipe. More than linesPerSecond
// of them are left out, and counted.
func newLog(out io.Writer) *slog.Logger {
	if isTerminal(out) {
		return slog.New(newLimit(&screen{out: out, mu: &sync.Mutex{}, colour: os.Getenv("NO_COLOR") == ""}))
	}
	return slog.New(newLimit(slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: withUnit})))
}

// withUnit writes spans with their unit, as drivers do, where slog would write a number of nanoseconds.
func withUnit(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String())
	}
	return a
}

func isTerminal(w io.Writer) bool {
	if out, ok := w.(*output); ok {
		return isTerminal(out.to)
	}
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// screen is a slog.Handler for people: time, message, controller, and the rest as name=value.
type screen struct {
	out    io.Writer
	mu     *sync.Mutex
	colour bool
	prefix string
	attrs  []slog.Attr
}

// Enabled implements slog.Handler.
func (s *screen) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// WithAttrs implements slog.Handler.
func (s *screen) WithAttrs(attrs []slog.Attr) slog.Handler {
	more := *s
	more.attrs = append(more.attrs[:len(more.attrs):len(more.attrs)], attrs...)
	return &more
}

// WithGroup implements slog.Handler; groups are not shown.
func (s *screen) WithGroup(string) slog.Handler { return s }

// Handle implements slog.Handler.
func (s *screen) Handle(_ context.Context, r slog.Record) error {
	var controller string
	var rest strings.Builder
	show := func(a slog.Attr) bool {
		switch text := a.Value.String(); {
		case a.Key == "controller":
			controller = text
		case text != "":
			fmt.Fprintf(&rest, " %s=%s", a.Key, quoted(text))
		}
		return true
	}
	for _, a := range s.attrs {
		show(a)
	}
	r.Attrs(show)
	line := fmt.Sprintf("%s%s  %s %8s %s\n", s.prefix, s.paint(grey, r.Time.Format("15:04:05.000")),
		s.paint(tone(r), fmt.Sprintf("%-24s", r.Message)), controller, strings.TrimPrefix(rest.String(), " "))
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := io.WriteString(s.out, line)
	return err
}

// quoted puts a value in quotes where it would run into the next one, or could move the cursor.
func quoted(text string) string {
	if strings.ContainsAny(text, ` ="`) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// Colours of a terminal, as SGR numbers; none paints nothing.
const (
	none   = ""
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	grey   = "90"
)

func (s *screen) paint(colour, text string) string {
	if !s.colour || colour == none {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func tone(r slog.Record) string {
	switch {
	case r.Level >= slog.LevelError:
		return red
	case r.Level >= slog.LevelWarn:
		return yellow
	case strings.HasSuffix(r.Message, "granted"), strings.HasSuffix(r.Message, "done"), strings.HasSuffix(r.Message, "online"):
		return green
	case strings.HasPrefix(r.Message, "command"):
		return cyan
	}
	return none
}
