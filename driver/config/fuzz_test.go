package config

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

// Whatever the arguments are, they are refused as a usage fault that says something, or make a port that PORT would
// take too.
func FuzzParseFlags(f *testing.F) {
	f.Add("-port\n5001")
	f.Add("--port=65536\n-check-config")
	f.Add("-version\n--\n-h")
	f.Fuzz(func(t *testing.T, lines string) {
		flags, err := ParseFlags(strings.Split(lines, "\n"))
		if err != nil {
			var usage *UsageError
			if !errors.As(err, &usage) || usage.Text == "" || flags != (Flags{}) {
				t.Errorf("%q gives %+v, %v", lines, flags, err)
			}
			return
		}
		if flags.Port == "" {
			return
		}
		byFlag, err1 := read(flags, from(map[string]string{"ADMIN_ADDR": "off"})) // 10000 above it, otherwise
		byKey, err2 := read(Flags{}, from(map[string]string{"ADMIN_ADDR": "off", "PORT": flags.Port}))
		if err1 != nil || err2 != nil || byFlag.Port != byKey.Port || byFlag.Port < 1 || byFlag.Port > 65535 {
			t.Errorf("%q is port %d, %v, and in PORT %d, %v", flags.Port, byFlag.Port, err1, byKey.Port, err2)
		}
	})
}

// Whatever a password stands in: no fault says it, and no good configuration shows it.
func FuzzSecrets(f *testing.F) {
	for _, around := range [][2]string{
		{"redis://app:", "@cache:6379/2"}, {"rediss://", ""}, {"redis://app:1/", "@cache"}, {"redis://app:%zz", "@cache"},
		{"https://", "@sentry.example/42"}, {"https://", "@/no-host"}, {"redis://h/0?password=", "&db=x"}, {"", ""},
		{"host:1\nREDIS_URL='", "'"}, {`SENTRY_DSN="`, "\nB=1"},
	} {
		f.Add(around[0], around[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		value := before + password + after
		for _, key := range []string{"REDIS_URL", "SENTRY_DSN"} {
			c, err := read(Flags{}, from(map[string]string{key: value}))
			if err != nil {
				scan(t, err.Error())
			} else if u, err := url.Parse(value); err == nil && strings.Contains(u.User.String(), password) {
				scan(t, c.LogValue().String())
			}
		}
		for _, fault := range parseDotenv(value).faults {
			scan(t, fault.Text)
		}
	})
}
