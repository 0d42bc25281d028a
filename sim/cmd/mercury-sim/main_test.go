package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	switch os.Getenv("MERCURY_SIM_TEST_STAGE") {
	case "held":
		holdStage()
	case "shown":
		showStage()
	}
	os.Setenv("NO_PROXY", "*") // a proxy would look names up
	goleak.VerifyTestMain(m)
}

// command is a subcommand that runs beside the test, as its own process would.
type command struct {
	stdout, stderr said
	stop           func() int
}

// said is what a command printed so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(text)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func start(t *testing.T, args ...string) *command {
	ctx, cancel := context.WithCancel(context.Background())
	c := &command{}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, &c.stdout, &c.stderr) }()
	c.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { c.stop() })
	return c
}

var spokenAddr = regexp.MustCompile(`"addr":"([^"]+)"`)

// addr waits until the command says where it listens.
func (c *command) addr(t *testing.T) string {
	t.Helper()
	var found []string
	until(t, "it says where it listens", func() bool {
		found = spokenAddr.FindStringSubmatch(c.stdout.String())
		return found != nil
	})
	return found[1]
}

func call(args ...string) (status int, stdout, stderr string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, faults bytes.Buffer
	status = run(ctx, args, &out, &faults)
	return status, out.String(), faults.String()
}

func TestUsageFaults(t *testing.T) {
	for args, want := range map[string]string{
		"":                           "demo",
		"bogus":                      `no subcommand "bogus"`,
		"app":                        "-db is missing",
		"app -db x -nonsense":        "-nonsense",
		"app -db x extra":            `"extra"`,
		"app -db x -admit 5,six":     `-admit: "six" is no serial number: want a decimal number from 1`,
		"app -db x -admit 0":         `-admit: "0"`,
		"app -db x -admit a,5":       `-admit: "a" is no serial number: want a decimal number from 1`,
		"app -db x -admit /nonexist": `-admit: "/nonexist" is neither serial numbers with commas nor a file with one a line (open /nonexist: no such file`,
		"app -db x -quarantine":      "-quarantine keeps those that -admit leaves out: say with -admit who is admitted",
		"app -db x -command-source sharded -redis redis://127.0.0.1/2": "is sharded, but -redis, or REDIS_URL, names database 2; a cluster has only 0",
		"app -db x -redis foo":                       "-redis, or REDIS_URL: want redis:// or rediss:// and [user:password@]host[:port][/database] (",
		"app -db x -redis redis://:secret@h:99999":   "-redis, or REDIS_URL: want redis://",
		"app -db x -redis redis://:secret@h.example": "h.example is not on the loopback, and redis:// is plain text, the password too; want rediss://, or REDIS_TLS=off",
		"app -db x -redis redis://h/secret":          "-redis, or REDIS_URL: want redis://",
		"app -db x -redis-prefix a\u00e4":            "-redis-prefix: want printable ASCII without spaces",
		"app -db x -listen nonsense":                 `-listen: "nonsense" is no address: want host:port`,
		"app -db x -listen localhost:99999":          `-listen: "localhost:99999" is no address`,
		"app -db x -listen localhost:http":           `-listen: "localhost:http" is no address`,
		"redis -listen 6390":                         `-listen: "6390" is no address: want host:port`,
		"app -db x -sign-key /nonexist":              "-sign-key: open /nonexist",
		"key":                                        "-out is missing",
		"events":                                     "-db is missing",
		"events -db x -kind nonsense":                `"nonsense" for flag -kind: want online, offline, gap,`,
		"events -db x -kind=":                        `"" for flag -kind: want online`,
		"events -db":                                 "-db",
		"audit":                                      "-db is missing",
		"audit -db x -serial 0":                      `"0" for flag -serial: want a serial number, from 1`,
		"audit -db x -end well":                      `"well" for flag -end: want open, done, nak, refused, expired, overloaded, unknown`,
		"audit -db x -end=":                          `"" for flag -end`,
		"audit -db x -id=":                           `"" for flag -id: want an id`,
		"events -db x -since yore":                   "-since",
		"events -db x -serial minus":                 `"minus" for flag -serial: want a serial number, from 1`,
		"events -db x -serial 0":                     `"0" for flag -serial: want a serial number, from 1`,
		"events -db x -json=perhaps":                 `"perhaps" for -json: want true or false`,
		"redis -port 1":                              "-port",
		"demo -panels 3":                             "-panels",
		"send":                                       "unlock, door-mode, mask",
		"send 5":                                     "kinds are unlock",
		"send -x":                                    "kinds are unlock",
		"send 5 unlock -door 1 -app nonsense":        `-app: "nonsense" is no address: want host:port`,
		"send 5 unlock -door 1 -app=":                `-app: "" is no address: want host:port`,
		"send x unlock -door 1":                      `"x" is no serial number`,
		"send 5 bolt":                                `"bolt" is no kind of command; there are unlock`,
		"send 5 unlock":                              "-door is missing",
		"send 5 unlock -door 0":                      "-door",
		"send 5 unlock -door 1 -x":                   "-x",
		"send 5 unlock -door 1 -ttl 1s":              "-ttl",
		"send 5 mask-input -input 1 -masked=no":      `"no" for -masked: want true or false`,
		"send 5 unlock -door 1 -route up":            "-route",
		"send 5 unlock -door 1 -by " + strings.Repeat("ä", 65): "for flag -by: want at most 128 bytes",
		"send 5 unlock -door 1 -by \xff":                       "for flag -by: want at most 128 bytes",
		"send 5 door-mode -door 1 -mode ajar":                  "locked, unlocked, card, card-and-pin, host",
		"send 5 put-card -card 1 -pin 123456789":               "-pin",
		"send 5 put-card -card 1 -doors 65":                    "-doors",
		"send 5 output -output 1 -action pulse -pulse 2h":      "-pulse",
		"send 5 output -output 1 -action pulse":                "-pulse is missing: -action pulse needs it",
		"send 5 output -output 1 -action on -pulse 2s":         "-pulse goes with -action pulse only",
		"send 5 output -pulse 2s -output 1 -action off":        "-pulse goes with -action pulse only",
		"send 5 set-time -time noon":                           "-time",
	} {
		t.Run(args, func(t *testing.T) {
			status, stdout, stderr := call(strings.Fields(args)...)
			if strings.Contains(stderr, "secret") {
				t.Errorf("stderr shows a password: %q", stderr)
			}
			if status != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
				t.Errorf("status %d, stdout %q, stderr %q; want 64 and %q", status, stdout, stderr, want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range []string{"-h", "app -h", "certs -h", "send -h", "send 5 -h", "send 5 --help", "send 5 unlock -h", "events -h", "audit -h", "redis -h", "demo -h", "fleet -h"} {
		t.Run(args, func(t *testing.T) {
			status, stdout, stderr := call(strings.Fields(args)...)
			if status != exitOK || !strings.Contains(stdout, "usage: mercury-sim") || stderr != "" {
				t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	for _, flag := range []string{"-version", "--version"} {
		status, stdout, stderr := call(flag)
		if status != exitOK || stdout != "mercury-sim v0.0.0-dev (commit unknown)\n" || stderr != "" {
			t.Errorf("%s: status %d, stdout %q, stderr %q", flag, status, stdout, stderr)
		}
	}
}

// An empty word, as a script's unset variable leaves it.
func TestSendWithoutASerial(t *testing.T) {
	if status, _, stderr := call("send", ""); status != exitUsage || !strings.Contains(stderr, "want SERIAL KIND") {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	taken := start(t, "redis", "-listen", "127.0.0.1:0").addr(t)
	for _, args := range [][]string{
		{"redis", "-listen", taken},
		{"app", "-listen", taken, "-db", t.TempDir() + "/app.db"},
		{"fleet", "-connect", "127.0.0.1:9", "-control", taken},
	} {
		status, _, stderr := call(args...)
		if status != exitTaken || !strings.Contains(stderr, taken) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, stderr %q", args[0], status, stderr)
		}
	}
}

func TestADatabaseHasOneApp(t *testing.T) {
	db := t.TempDir() + "/app.db"
	start(t, "app", "-listen", "127.0.0.1:0", "-db", db).addr(t)
	status, stdout, stderr := call("app", "-listen", "127.0.0.1:0", "-db", db)
	if status != exitTaken || !strings.Contains(stderr, db) || strings.Count(stderr, "\n") != 1 || stdout != "" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestADatabaseOfSomethingElse(t *testing.T) {
	file := t.TempDir() + "/notes.txt"
	if err := os.WriteFile(file, []byte(strings.Repeat("to be read by nobody\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"app", "-listen", "127.0.0.1:0", "-db", file}, {"events", "-db", file}, {"events", "-db", file + "2"}, {"audit", "-db", file}} {
		status, stdout, stderr := call(args...)
		if status != exitFailed || !strings.Contains(stderr, file) || stdout != "" {
			t.Errorf("%s: status %d, stdout %q, stderr %q", args[0], status, stdout, stderr)
		}
	}
}

func TestTheEmbeddedRedisLetsKeysExpire(t *testing.T) {
	r := start(t, "redis", "-listen", "127.0.0.1:0")
	client := dialRedis(t, r.addr(t))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := client.Set(ctx, "claim", "1", 200*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "the key expires", func() bool { return client.Exists(ctx, "claim").Val() == 0 })
}

// Who reads streams asks first when Redis was started.
func TestTheEmbeddedRedisTellsItsUptime(t *testing.T) {
	client := dialRedis(t, start(t, "redis", "-listen", "127.0.0.1:0").addr(t))
	info, err := client.Info(t.Context(), "server").Result()
	if err != nil || !strings.Contains(info, "\r\nuptime_in_seconds:") {
		t.Errorf("%q, %v", info, err)
	}
}

// A key that is there is not replaced: its line is said again, also where that failed the first time.
func TestKeyIsMadeOnce(t *testing.T) {
	file := t.TempDir() + "/sign.key"
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var faults bytes.Buffer
	if status := run(t.Context(), []string{"key", "-out", file}, full, &faults); status != exitFailed || !strings.Contains(faults.String(), "no space") {
		t.Errorf("status %d, stderr %q", status, faults.String())
	}
	_, first, said := call("key", "-out", file)
	status, second, _ := call("key", "-out", file)
	if status != exitOK || first == "" || first != second || !strings.Contains(said, file+" holds a key already") {
		t.Errorf("status %d, %q and then %q, stderr %q", status, first, second, said)
	}
	if err := os.WriteFile(file, []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := call("key", "-out", file); status != exitFailed || stdout != "" || !strings.Contains(stderr, "public half") {
		t.Errorf("over something else: status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// What can't be written has not been told, so that a script must not go on.
func TestOutputThatCannotBeWritten(t *testing.T) {
	control := start(t, "fleet", "-connect", "127.0.0.1:9", "-panels", "1", "-control", "127.0.0.1:0").addr(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, words := range []string{"-h", "-version", "app -h", "certs -out " + t.TempDir(), "panel list -control " + control,
		"fault start drop -control " + control} {
		var faults bytes.Buffer
		status := run(t.Context(), strings.Fields(words), full, &faults)
		if status != exitFailed || faults.String() != "mercury-sim: write /dev/full: no space left on device\n" {
			t.Errorf("%s: status %d, stderr %q", words, status, faults.String())
		}
	}
}

// However much there is to show: what keeps it from being shown is no fault of the database.
func TestEventsThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for name, events := range map[string]uint64{"one": 1, "more than is buffered": 1000} {
		t.Run(name, func(t *testing.T) {
			db := t.TempDir() + "/app.db"
			s, err := store.Open(db, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var change desk.Change
			for index := uint64(1); index <= events; index++ {
				change.Events = append(change.Events, desk.Record{Serial: 1, LogEpoch: 1, Index: index, Kind: "tamper", Body: "{}"})
			}
			if err := s.Commit(&change); err != nil {
				t.Fatal(err)
			}
			var faults bytes.Buffer
			status := run(t.Context(), []string{"events", "-db", db, "-json"}, full, &faults)
			if status != exitFailed || faults.String() != "mercury-sim events: write /dev/full: no space left on device\n" {
				t.Errorf("status %d, stderr %q", status, faults.String())
			}
		})
	}
}

// Who leaves a door open to other machines is told so, and nobody else.
func TestAnAddressForOthersIsWarnedOf(t *testing.T) {
	certs := t.TempDir()
	if status, _, stderr := call("certs", "-out", certs); status != exitOK {
		t.Fatal(stderr)
	}
	for args, warned := range map[string]bool{
		"app -db DIR/a.db -listen 0.0.0.0:0":   true,
		"app -db DIR/b.db -listen 127.0.0.1:0": false,
		"app -db DIR/c.db -listen 0.0.0.0:0 -tls-cert " + certs + "/server.pem -tls-key " + certs + "/server-key.pem": false,
		"fleet -connect 127.0.0.1:9 -panels 1 -control 0.0.0.0:0":                                                     true,
		"fleet -connect 127.0.0.1:9 -panels 1 -control :0":                                                            false,
	} {
		t.Run(args, func(t *testing.T) {
			c := start(t, strings.Fields(strings.ReplaceAll(args, "DIR", t.TempDir()))...)
			c.addr(t)
			c.stop()
			if got := strings.Contains(c.stdout.String(), "whoever can dial this a"); got != warned {
				t.Errorf("warned: %v\n%s", got, c.stdout.String())
			}
		})
	}
}

// Ctrl-C is answered in plain words.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	control := start(t, "fleet", "-connect", "127.0.0.1:9", "-panels", "1", "-control", "127.0.0.1:0").addr(t)
	for words, want := range map[string]string{
		"send 5 unlock -door 1":          "mercury-sim send 5 unlock: interrupted: the command goes on without you",
		"fault list -control " + control: "mercury-sim fault list: interrupted\n",
	} {
		var stdout, stderr bytes.Buffer
		if status := run(ctx, strings.Fields(words), &stdout, &stderr); status != exitFailed || !strings.HasPrefix(stderr.String(), want) {
			t.Errorf("%s: status %d, %q", words, status, stderr.String())
		}
	}
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
