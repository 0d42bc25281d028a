package config

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// needed is the least that makes a configuration good.
var needed = map[string]string{
	"PORT": "5002", "VENDOR_APP_ADDR": "app:7001", "VENDOR_APP_TLS": "off",
	"REDIS_URL": "redis://cache:6379", "REDIS_TLS": "off", "SENTRY_DSN": "",
}

// from makes a lookup of needed and what changes it; a value of "-" unsets the key.
func from(changes map[string]string) lookup {
	env := map[string]string{}
	for key, value := range needed {
		env[key] = value
	}
	for key, value := range changes {
		env[key] = value
		if value == "-" {
			delete(env, key)
		}
	}
	return func(key string) (string, bool) {
		value, set := env[key]
		return value, set
	}
}

func TestDefaults(t *testing.T) {
	got, err := read(Flags{}, from(nil))
	if err != nil {
		t.Fatal(err)
	}
	redis, _ := NewSecret("redis://cache:6379")
	want := Config{
		Port: 5002, VendorAppAddr: "app:7001", VendorAppTLS: TLS{Keys: "VENDOR_APP", Use: "off"},
		AdminAddr: "127.0.0.1:15002", RedisURL: redis, RedisTLS: TLS{Keys: "REDIS", Use: "off"}, CommandSource: "pubsub",
		CommandThreads: 20, Window: 256, Sequences: 8, CommandQueue: 64,
		LinkFresh: 3 * time.Second, ReplyGrace: 2 * time.Second, Quarantine: 100,
		GracePeriod: 20 * time.Second, Watchdog: 5 * time.Second, SpoolMB: 1024,
		LogLevel: slog.LevelInfo, LogFormat: "auto", SentryEnvironment: "production",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEveryKeyIsTaken(t *testing.T) {
	dir, keys := made(t), writeKeys(t, "desk-1 "+aKey(1))
	ca, cert, key := dir+"/ca.pem", dir+"/client.pem", dir+"/client-key.pem"
	got, err := read(Flags{Port: "5003"}, from(map[string]string{
		"VENDOR_APP_TLS": "on", "VENDOR_APP_CA": ca, "VENDOR_APP_CERT": cert, "VENDOR_APP_KEY": key, "VENDOR_APP_SERVER_NAME": "app.example",
		"REDIS_URL": "rediss://cache", "REDIS_TLS": "on", "REDIS_CA": ca, "REDIS_CERT": cert, "REDIS_KEY": key, "REDIS_SERVER_NAME": "cache.example",
		"ADMIN_ADDR": "off", "REDIS_PREFIX": "site1:", "COMMAND_SOURCE": "streams", "COMMAND_KEYS": keys, "COMMAND_THREADS": "3", "WINDOW": "1000", "SEQUENCES": "2",
		"COMMAND_QUEUE": "7", "LINK_FRESH": "1500ms", "REPLY_GRACE": "3s", "QUARANTINE": "0", "GRACE_PERIOD": "1m", "WATCHDOG": "9s",
		"STATE_DIR": dir, "SPOOL_DIR": dir, "SPOOL_MB": "5", "LOG_LEVEL": "debug", "LOG_FORMAT": "json",
		"SENTRY_DSN": "https://key@sentry.example/42", "SENTRY_ENVIRONMENT": "staging",
	}))
	if err != nil {
		t.Fatal(err)
	}
	redis, _ := NewSecret("rediss://cache")
	dsn, _ := NewSecret("https://key@sentry.example/42")
	want := Config{
		Port: 5003, VendorAppAddr: "app:7001", VendorAppTLS: TLS{"VENDOR_APP", "on", ca, cert, key, "app.example"},
		RedisURL: redis, RedisTLS: TLS{"REDIS", "on", ca, cert, key, "cache.example"}, RedisPrefix: "site1:", CommandSource: "streams", CommandKeys: keys,
		CommandThreads: 3, Window: 1000, Sequences: 2, CommandQueue: 7,
		LinkFresh: 1500 * time.Millisecond, ReplyGrace: 3 * time.Second,
		GracePeriod: time.Minute, Watchdog: 9 * time.Second, StateDir: dir, SpoolDir: dir, SpoolMB: 5,
		LogLevel: slog.LevelDebug, LogFormat: "json", SentryDSN: dsn, SentryEnvironment: "staging",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFaultNamesKeyAndRemedy(t *testing.T) {
	tests := []struct {
		name, key, value string
		text             string // is in the fault
	}{
		{"no port at all", "PORT", "-", "is not set; want a whole number from 1 to 65535"},
		{"port too high", "PORT", "65536", `from 1 to 65535, not "65536"`},
		{"port is a name", "PORT", "https", `not "https"`},
		{"app not set", "VENDOR_APP_ADDR", "-", "is not set; want host:port"},
		{"app empty", "VENDOR_APP_ADDR", "", "is empty; want host:port"},
		{"app without port", "VENDOR_APP_ADDR", "app", `want host:port, not "app"`},
		{"app without host", "VENDOR_APP_ADDR", ":7001", "want host:port"},
		{"app as a URL", "VENDOR_APP_ADDR", "http://app:7001", "want host:port"},
		{"redis not set", "REDIS_URL", "-", "is not set; want redis:// or rediss://"},
		{"redis by another scheme", "REDIS_URL", "http://cache:6379", "does not begin with redis:// or rediss://"},
		{"redis without scheme", "REDIS_URL", "cache", "does not begin with redis:// or rediss://"},
		{"redis without host", "REDIS_URL", "redis://", "names no host"},
		{"redis on a port beyond the last", "REDIS_URL", "redis://cache:999999", "its port is not a whole number from 1 to 65535"},
		{"redis on port 0", "REDIS_URL", "rediss://cache:0/1", "its port is not a whole number from 1 to 65535"},
		{"redis on two ports", "REDIS_URL", "redis://u:" + password + "@127.0.0.1:6390:1/0", "its host has a : in it"},
		{"redis on a port by name", "REDIS_URL", "redis://u:" + password + "@cache:redis/0", "its port is not a whole number from 1 to 65535"},
		{"redis with a percent sign in the password", "REDIS_URL", "redis://u:5%off@cache:6379", "% as %25"},
		{"redis with a slash behind a number in the password", "REDIS_URL", "redis://u:1/b@cache:6379", "write / as %2F"},
		{"redis with a slash in the password", "REDIS_URL", "redis://u:a/b@cache:6379", "write / as %2F, ? as %3F"},
		{"redis with a hash sign in the password", "REDIS_URL", "redis://u:1#b@cache:6379", "# as %23"},
		{"redis with a question mark in the password", "REDIS_URL", "redis://u:1?b@cache:6379", "an option behind its ? is"},
		{"redis with a database by name", "REDIS_URL", "redis://cache:6379/main", "its database is not a whole number"},
		{"redis with a database below 0", "REDIS_URL", "redis://cache:6379/-1", "its database is not a whole number"},
		{"redis with an unknown option", "REDIS_URL", "redis://cache:6379?colour=red", "an option behind its ? is not known"},
		{"sentry not set", "SENTRY_DSN", "-", "is not set; want https://key@host/project, or empty for off"},
		{"sentry without key", "SENTRY_DSN", "https://sentry.example/42", "want https://key@host/project"},
		{"admin without port", "ADMIN_ADDR", "localhost", "want host:port, or off"},
		{"admin on the controllers' port", "ADMIN_ADDR", "127.0.0.1:5002", "port 5002 belongs to the controllers"},
		{"no threads", "COMMAND_THREADS", "0", `a whole number from 1 to 256, not "0"`},
		{"threads in hex", "COMMAND_THREADS", "0x10", "a whole number from 1 to 256"},
		{"window too large", "WINDOW", "50001", "from 8 to 50000"},
		{"span without unit", "LINK_FRESH", "3", `with its unit, like 1500ms or 2s, from 1s to 1m, not "3"`},
		{"span below range", "WATCHDOG", "-5s", "from 1s to 10m"},
		{"state directory that is not there", "STATE_DIR", "/no/such/dir", `the path of an existing directory that this user may write to, not "/no/such/dir": no such file or directory`},
		{"state directory that nobody writes to", "STATE_DIR", "/proc/self", `that this user may write to, not "/proc/self": `},
		{"state directory in which there are no files", "STATE_DIR", "/proc", `that this user may write to, not "/proc": `},
		{"spool directory in which there are no files", "SPOOL_DIR", "/sys", `that this user may write to, not "/sys": `},
		{"state directory that is a file", "STATE_DIR", "config_test.go", `that this user may write to, not "config_test.go": not a directory`},
		{"keys that are not there", "COMMAND_KEYS", "/no/such/file", "want the path of a file with lines like: desk-1 (base64 of an Ed25519 public key); open /no/such/file: "},
		{"keys of another kind", "COMMAND_KEYS", "config_test.go", "; config_test.go, line 1: the key must be base64"},
		{"keys in a FIFO", "COMMAND_KEYS", madeFIFO(t), "/fifo: it is no file"},
		{"CA in a FIFO", "VENDOR_APP_CA", madeFIFO(t), "/fifo\": it is no file"},
		{"level in capitals", "LOG_LEVEL", "INFO", "one of debug, info, warn, error"},
		{"level between", "LOG_LEVEL", "info+1", "one of debug, info, warn, error"},
		{"unknown format", "LOG_FORMAT", "xml", `one of auto, json, text, not "xml"`},
		{"prefix with a space", "REDIS_PREFIX", "a b", "printable ASCII without spaces"},
		{"a long value is cut", "LOG_FORMAT", strings.Repeat("x", 5000), strings.Repeat("x", 60) + `..."`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(Flags{}, from(map[string]string{test.key: test.value}))
			var faults Faults
			if !errors.As(err, &faults) || len(faults) != 1 {
				t.Fatalf("got %v, want one fault", err)
			}
			if faults[0].Key != test.key || !strings.Contains(faults[0].Text, test.text) {
				t.Errorf("fault %q, want %s and %q in it", faults[0], test.key, test.text)
			}
			if len(err.Error()) > 300 {
				t.Errorf("a fault of %d bytes", len(err.Error()))
			}
		})
	}
}

// The table calls the default of some off, which others take as a word.
func TestHowToTurnOff(t *testing.T) {
	for key, want := range map[string]string{
		"COMMAND_KEYS": "off", "STATE_DIR": "off", "SPOOL_DIR": "off", "SENTRY_DSN": "off", "VENDOR_APP_CA": "the system's CAs",
	} {
		_, faults := read(Flags{}, from(map[string]string{key: "off"}))
		if len(faults) != 1 || faults[0].Key != key || !strings.Contains(faults[0].Text, ", or empty for "+want) {
			t.Errorf("%s=off: %v", key, faults)
		}
	}
}

// Where a password's characters can't be what is wrong, nobody is sent to look for them.
func TestPasswordIsNotBlamed(t *testing.T) {
	for _, rest := range []string{":abc/0", ":0", "/x", "/0#x", "?colour=red"} {
		_, faults := read(Flags{}, from(map[string]string{"REDIS_URL": "redis://u:" + password + "@cache" + rest}))
		if len(faults) != 1 || strings.Contains(faults.Error(), inPassword) {
			t.Errorf("%s: %v", rest, faults)
		}
		scan(t, faults.Error())
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := read(Flags{}, func(key string) (string, bool) { return "\x00", true })
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want Faults", err)
	}
	if faults.ExitCode() != 78 {
		t.Errorf("exit code %d, want 78", faults.ExitCode())
	}
	for _, s := range settings {
		if !faults.has(s.key) || !strings.Contains(err.Error(), "\n  "+s.key+": ") {
			t.Errorf("no fault names %s in:\n%v", s.key, err)
		}
	}
}

func TestDatabaseOfACluster(t *testing.T) {
	for name, test := range map[string]struct{ source, url, text string }{
		"another one, of a cluster":     {"sharded", "redis://cache/3", "COMMAND_SOURCE: is sharded, but REDIS_URL names database 3; a cluster has only 0"},
		"another one, behind a ?":       {"sharded", "redis://cache?db=4", "REDIS_URL names database 4; a cluster has only 0"},
		"the first one, of a cluster":   {"sharded", "redis://cache/0", ""},
		"none, of a cluster":            {"sharded", "redis://cache", ""},
		"another one, of a plain Redis": {"streams", "redis://cache/3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := read(Flags{}, from(map[string]string{"COMMAND_SOURCE": test.source, "REDIS_URL": test.url}))
			if len(faults) > 0 != (test.text != "") || !strings.Contains(faults.Error(), test.text) {
				t.Errorf("got %v, want %q", faults, test.text)
			}
		})
	}
}

func TestAdminPortBeyondTheLast(t *testing.T) {
	_, err := read(Flags{}, from(map[string]string{"PORT": "60000"}))
	if err == nil || !strings.Contains(err.Error(), "ADMIN_ADDR: port 60000 + 10000 is no port") {
		t.Errorf("got %v", err)
	}
}

func TestRealEnvironmentWins(t *testing.T) {
	t.Chdir(t.TempDir())
	dotenv := "VENDOR_APP_ADDR=file:1\nVENDOR_APP_TLS=off\nREDIS_TLS=off\nREDIS_URL='redis://:pa$$word@file:2'\nSENTRY_DSN=https://key@file/3\nWINDOW=17\nPORT=5001\n"
	if err := os.WriteFile(".env", []byte(dotenv), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		t.Setenv(s.key, "") // so that it is put back, whatever it is now
		os.Unsetenv(s.key)
	}
	t.Setenv("VENDOR_APP_ADDR", "real:1")
	t.Setenv("SENTRY_DSN", "")

	c, doubts, err := Load(Flags{})
	if err != nil || len(doubts) > 0 {
		t.Fatal(doubts, err)
	}
	if c.VendorAppAddr != "real:1" || c.SentryDSN.Reveal() != "" {
		t.Errorf("the file won over the environment: %+v", c)
	}
	if c.Port != 5001 || c.Window != 17 || c.RedisURL.Reveal() != "redis://:pa$$word@file:2" {
		t.Errorf("the file was not read: %+v, %q", c, c.RedisURL.Reveal())
	}
	if _, set := os.LookupEnv("WINDOW"); set {
		t.Error("the file leaked into the process's environment")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(0, "5001", "WINDOW", "256")
	f.Add(2, "redis://user:pa%20ss@cache:6379/2?protocol=3", "SENTRY_DSN", "https://k@h/1")
	f.Add(4, "[::1]:80", "LINK_FRESH", "1h")
	f.Fuzz(func(t *testing.T, which int, one, key, other string) {
		first := settings[uint(which)%uint(len(settings))].key
		c, faults := read(Flags{}, from(map[string]string{first: one, key: other}))
		if faults != nil {
			for _, fault := range faults {
				if fault.Key == "" || fault.Text == "" {
					t.Errorf("empty fault in %v", faults)
				}
			}
			return
		}
		if c.Port < 1 || c.Port > 65535 || c.CommandThreads < 1 || c.Window < 1 || c.Watchdog < time.Second {
			t.Errorf("out of range: %+v", c)
		}
		if c.AdminAddr != "" {
			if _, port, err := net.SplitHostPort(c.AdminAddr); err != nil || port == strconv.Itoa(c.Port) {
				t.Errorf("admin on %q", c.AdminAddr)
			}
		}
	})
}
