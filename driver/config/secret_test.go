package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

const (
	password = "pl4nted-pass"
	dsnKey   = "pl4ntedkey00112233"
)

func TestSecretsAreNeverShown(t *testing.T) {
	c, err := read(Flags{}, from(map[string]string{
		"REDIS_URL":  "rediss://app:" + password + "@cache:6379/2",
		"REDIS_TLS":  "on",
		"SENTRY_DSN": "https://" + dsnKey + "@sentry.example/42",
	}))
	if err != nil {
		t.Fatal(err)
	}
	shows := map[string]func(io.Writer){
		"slog text":  func(w io.Writer) { slog.New(slog.NewTextHandler(w, nil)).Info("starts", "config", c) },
		"slog json":  func(w io.Writer) { slog.New(slog.NewJSONHandler(w, nil)).Info("starts", "config", c) },
		"slog field": func(w io.Writer) { slog.New(slog.NewJSONHandler(w, nil)).Info("dials", "url", c.RedisURL) },
		"json":       func(w io.Writer) { json.NewEncoder(w).Encode(c) },
		"error":      func(w io.Writer) { fmt.Fprint(w, fmt.Errorf("dial %v: %w", c.RedisURL, errors.New("refused"))) },
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shows["fmt "+verb] = func(w io.Writer) { fmt.Fprintf(w, verb+verb+verb, c, &c, c.SentryDSN) }
	}
	for name, show := range shows {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			show(&out)
			if out.Len() == 0 {
				t.Error("shows nothing")
			}
			scan(t, out.String())
		})
	}
	var out bytes.Buffer
	shows["slog text"](&out)
	for _, part := range []string{"config.REDIS_URL=rediss://***@cache:6379/2", "config.SENTRY_DSN=https://***@sentry.example/42"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in %s", part, out.String())
		}
	}
}

func TestFaultsHoldNoSecret(t *testing.T) {
	tests := []struct{ name, key, value string }{
		{"redis on two ports", "REDIS_URL", "redis://app:" + password + "@cache:6379:1"},
		{"redis without a good database", "REDIS_URL", "redis://app:" + password + "@cache:6379/not-a-number"},
		{"redis password alone", "REDIS_URL", password},
		{"redis password in the host's place", "REDIS_URL", "redis://cache:" + password},
		{"redis password cut by a slash", "REDIS_URL", "redis://app:1/" + password + "@cache:6379"},
		{"redis password cut by a hash sign", "REDIS_URL", "redis://app:1#" + password + "@cache:6379"},
		{"redis password cut by a question mark", "REDIS_URL", "redis://app:1?" + password + "@cache:6379"},
		{"redis on a port beyond the last", "REDIS_URL", "redis://app:" + password + "@cache:999999"},
		{"redis on a port by name", "REDIS_URL", "redis://app:" + password + "@cache:abc/0"},
		{"redis with a bad percent code", "REDIS_URL", "redis://app:%zz" + password + "@cache:6379"},
		{"sentry without host", "SENTRY_DSN", "https://" + dsnKey + "@/no-host"},
		{"sentry key alone", "SENTRY_DSN", dsnKey},
		{"a URL under the wrong key", "VENDOR_APP_ADDR", "redis://app:" + password + "@cache:6379"},
		{"a URL in place of a file", "COMMAND_KEYS", "redis://app:" + password + "@cache:6379"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(Flags{}, from(map[string]string{test.key: test.value}))
			if err == nil {
				t.Fatal("no fault")
			}
			scan(t, err.Error())
		})
	}
}

// scan finds a planted secret in any coding that a verb may give it.
func scan(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{password, dsnKey} {
		for _, coded := range []string{secret, fmt.Sprintf("%x", secret)} {
			if strings.Contains(text, coded) {
				t.Errorf("%s is in %s", coded, text)
			}
		}
	}
}

func TestSecretsToScrub(t *testing.T) {
	tests := []struct {
		name, redis, dsn string
		want             []string
	}{
		{"none", "redis://cache:6379", "", nil},
		{"both", "redis://app:hunter22@cache:6379", "https://key123@sentry/1", []string{"hunter22", "key123"}},
		{"password alone", "redis://:hunter22@cache:6379", "", []string{"hunter22"}},
		{"written in another way than meant", "redis://:a%2Fb@cache:6379", "", []string{"a%2Fb", "a/b"}},
		{"an @ elsewhere", "redis://cache:6379/0?client_name=a@b", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := read(Flags{}, from(map[string]string{"REDIS_URL": test.redis, "SENTRY_DSN": test.dsn}))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Secrets(); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
