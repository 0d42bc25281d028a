package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// kind is how the value of a setting is read and shown. Every kind is bound to its field of Config.
type kind struct {
	// want says what is right, to go on after "want".
	want string
	// wrong says what is wrong with a value, to go on after want.
	wrong func(value string) string
	// set reports whether the value is right, and stores it then.
	set  func(c *Config, value string) bool
	show func(c *Config) slog.Value
}

// of makes a kind from a field and what reads it.
func of[T any](want string, field func(*Config) *T, parse func(string) (T, bool)) kind {
	return kind{
		want:  want,
		wrong: notThis,
		set: func(c *Config, value string) bool {
			parsed, ok := parse(value)
			if ok {
				*field(c) = parsed
			}
			return ok
		},
		show: func(c *Config) slog.Value { return slog.AnyValue(*field(c)) },
	}
}

// notThis repeats a wrong value, unless there may be a credential in it, or a key where its file was wanted.
func notThis(value string) string {
	const most = 60
	if strings.Contains(value, "@") || strings.Contains(value, "PRIVATE KEY") {
		return ""
	}
	if len(value) > most {
		value = value[:most] + "..."
	}
	return fmt.Sprintf(", not %q", value)
}

// whole is a decimal number.
func whole(low, high int, field func(*Config) *int) kind {
	return of(fmt.Sprintf("a whole number from %d to %d", low, high), field, func(value string) (int, bool) {
		n, err := strconv.Atoi(value)
		return n, err == nil && n >= low && n <= high
	})
}

// span is a time span as Go writes them.
func span(low, high time.Duration, field func(*Config) *time.Duration) kind {
	short := func(d time.Duration) string { return strings.Replace(d.String(), "m0s", "m", 1) }
	want := fmt.Sprintf("a time span with its unit, like 1500ms or 2s, from %s to %s", short(low), short(high))
	return of(want, field, func(value string) (time.Duration, bool) {
		d, err := time.ParseDuration(value)
		return d, err == nil && d >= low && d <= high
	})
}

// word is printable ASCII without spaces.
func word(most int, field func(*Config) *string) kind {
	want := fmt.Sprintf("printable ASCII without spaces, at most %d characters", most)
	return of(want, field, func(value string) (string, bool) {
		odd := strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' })
		return value, !odd && len(value) <= most
	})
}

// oneOf is one of a few words.
func oneOf(field func(*Config) *string, words ...string) kind {
	return of("one of "+strings.Join(words, ", "), field, func(value string) (string, bool) {
		return value, slices.Contains(words, value)
	})
}

// logLevel is one of slog's levels by its name in lower case.
func logLevel(words ...string) kind {
	field := func(c *Config) *slog.Level { return &c.LogLevel }
	k := of("one of "+strings.Join(words, ", "), field, func(value string) (level slog.Level, ok bool) {
		return level, slices.Contains(words, value) && level.UnmarshalText([]byte(value)) == nil
	})
	k.show = func(c *Config) slog.Value { return slog.StringValue(strings.ToLower(c.LogLevel.String())) }
	return k
}

// address is host:port to dial.
func address(field func(*Config) *string) kind {
	return of("host:port", field, func(value string) (string, bool) {
		host, _, ok := splitAddress(value)
		return value, ok && host != ""
	})
}

// splitAddress splits host:port with a port from 1 to 65535.
func splitAddress(value string) (host string, port int, ok bool) {
	host, text, err := net.SplitHostPort(value)
	if err != nil || strings.ContainsAny(host, " /@") {
		return "", 0, false
	}
	port, _ = strconv.Atoi(text)
	return host, port, isPort(text)
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

// directory is the path of a directory that is there and that files can be made in.
func directory(field func(*Config) *string) kind {
	return path("the path of an existing directory that this user may write to", field, func(value string) error {
		info, err := os.Stat(value)
		switch {
		case err != nil:
			return err
		case !info.IsDir():
			return unix.ENOTDIR
		}
		return makeFile(value)
	})
}

// makeFile makes a file in a directory, and removes it again: access(2) says yes to root, in /proc too. A disk that
// is full is no fault of the configuration.
func makeFile(dir string) error {
	f, err := os.CreateTemp(dir, ".mercury-driver-*")
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return nil
	case err != nil:
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// pemFile is the path of a file that is there. What it holds is looked at together with its line's other files.
func pemFile(field func(*Config) *string) kind {
	return path("the path of a PEM file", field, func(value string) error {
		switch info, err := os.Stat(value); {
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return errNoFile
		}
		return nil
	})
}

// path is one that look has nothing against; what it has is said without the path, which may be a key.
func path(want string, field func(*Config) *string, look func(string) error) kind {
	k := of(want, field, func(value string) (string, bool) { return value, look(value) == nil })
	k.wrong = func(value string) string {
		fault := look(value)
		if inner := (*fs.PathError)(nil); errors.As(fault, &inner) {
			fault = inner.Err
		}
		return fmt.Sprintf("%s: %v", notThis(value), fault)
	}
	return k
}
