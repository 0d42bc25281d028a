package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"strings"

	"github.com/getsentry/sentry-go"
)

// Secret is a URL with a credential in it. However it is printed or logged, it shows *** in its place.
type Secret struct {
	url   string
	shown string
}

// NewSecret wraps a URL that url.Parse takes.
func NewSecret(text string) (Secret, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Secret{}, errors.New("this is no URL") // err would quote it
	}
	user := ""
	if u.User != nil {
		user = "***@"
	}
	return Secret{url: text, shown: u.Scheme + "://" + user + u.Host + u.EscapedPath()}, nil
}

// Reveal returns the URL as it is, for the one who dials it.
func (s Secret) Reveal() string { return s.url }

// Format is fmt.Formatter: no verb gets past it.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.shown) }

// LogValue is slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.shown) }

// userinfo is what stands before a URL's host.
var userinfo = regexp.MustCompile(`://([^/?#]*)@`)

// parts returns the texts that give the credential away, as written in the URL and as meant: the
// password, or the user where there is none, for that is where Sentry has its key.
func (s Secret) parts() []string {
	match := userinfo.FindStringSubmatch(s.url)
	if match == nil {
		return nil
	}
	written, password, both := strings.Cut(match[1], ":")
	if both {
		written = password
	}
	meant, err := url.PathUnescape(written)
	if err != nil || meant == written {
		return []string{written}
	}
	return []string{written, meant}
}

// sentryDSN is what sentry-go reports to.
func sentryDSN(field func(*Config) *Secret) kind {
	return secretURL("https://key@host/project", field, func(value string) string {
		if _, err := sentry.NewDsn(value); err != nil {
			return "its scheme, key, host or project is missing or wrong"
		}
		return ""
	})
}

// secretURL is a URL; fault says what is wrong with one, without a part of it, and nothing of a good one.
func secretURL(want string, field func(*Config) *Secret, fault func(value string) string) kind {
	k := of(want, field, func(value string) (Secret, bool) {
		secret, err := NewSecret(value)
		return secret, err == nil && fault(value) == ""
	})
	k.wrong = func(value string) string { return "; " + fault(value) }
	return k
}
