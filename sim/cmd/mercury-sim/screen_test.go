package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheScreenShowsLines(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 1, 500e6, time.UTC)
	line := func(level slog.Level, message string) slog.Record {
		r := slog.NewRecord(at, level, message, 0)
		r.Add("door", 2, "controller", 61364, "reason", "no access", "empty", "")
		return r
	}
	for name, c := range map[string]struct {
		colour bool
		r      slog.Record
		want   string
	}{
		"plain":    {false, line(slog.LevelInfo, "access denied"), "12:00:01.500  access denied               61364 door=2 reason=\"no access\"\n"},
		"granted":  {true, line(slog.LevelInfo, "access granted"), "\x1b[32maccess granted"},
		"a fault":  {true, line(slog.LevelError, "it broke"), "\x1b[31mit broke"},
		"a worry":  {true, line(slog.LevelWarn, "controller offline"), "\x1b[33mcontroller offline"},
		"a wish":   {true, line(slog.LevelInfo, "command unlock"), "\x1b[36mcommand unlock"},
		"the rest": {true, line(slog.LevelInfo, "tick"), "\x1b[0m  tick "},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			(&screen{out: &out, mu: &sync.Mutex{}, colour: c.colour}).Handle(context.Background(), c.r)
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("got %q, want %q", out.String(), c.want)
			}
		})
	}
}

func TestALineCanNotMoveTheCursor(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(&screen{out: &out, mu: &sync.Mutex{}})
	log.Info("controller online", "model", "\x1b[2J\nforged line", "peer", "\r\u009b2J")
	if strings.ContainsAny(out.String(), "\x1b\r\u009b") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("got %q", out.String())
	}
}

// As drivers write them; a number would not say of what.
func TestSpansHaveTheirUnit(t *testing.T) {
	var said, shown bytes.Buffer
	newLog(&said).Info("command unlock done", "dur", 1467389*time.Nanosecond)
	if !strings.Contains(said.String(), `"dur":"1.467389ms"`) {
		t.Errorf("got %q", said.String())
	}
	(&screen{out: &shown, mu: &sync.Mutex{}}).relayAll(&said)
	if !strings.Contains(shown.String(), "dur=1.467389ms\n") {
		t.Errorf("the demo shows %q", shown.String())
	}
}

// Broken once on purpose: without the reset each second the last check fails.
func TestTooManyLinesAreLeftOutAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(newLimit(slog.NewTextHandler(&out, nil)))
		for range linesPerSecond + 50 {
			log.Info("access granted")
		}
		log.Error("this one counts")
		if got := strings.Count(out.String(), "access granted"); got != linesPerSecond {
			t.Errorf("%d lines, want %d", got, linesPerSecond)
		}
		if !strings.Contains(out.String(), "this one counts") {
			t.Error("an error was left out")
		}
		time.Sleep(time.Second)
		out.Reset()
		log.Info("access granted")
		if text := out.String(); !strings.Contains(text, "lines=50") || !strings.Contains(text, "access granted") {
			t.Errorf("got %q", text)
		}
	})
}

func TestRelayedLines(t *testing.T) {
	for name, c := range map[string]struct{ said, want string }{
		"json": {`{"time":"2026-01-31T12:00:01.5Z","level":"INFO","msg":"ready","port":5001,"title":"a b","dur":"250ms"}`,
			"driver │ 12:00:01.500  ready                             port=5001 title=\"a b\" dur=250ms\n"},
		"text":              {"panic: oh", "driver │ panic: oh\n"},
		"json that is text": {`{"msg":7}`, `driver │ {"msg":7}` + "\n"},
		"without an end":    {"cut", "driver │ cut\n"},
		"several":           {"one\ntwo\n", "driver │ one\ndriver │ two\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			(&screen{out: &out, mu: &sync.Mutex{}, prefix: "driver │ "}).relayAll(strings.NewReader(c.said))
			if out.String() != c.want {
				t.Errorf("got %q, want %q", out.String(), c.want)
			}
		})
	}
}

// FuzzRelayedLine: whatever a child says, it is shown with the child's name before each line.
func FuzzRelayedLine(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-31T12:00:01.5Z","level":"INFO","msg":"ready","port":5001,"list":[1,{"a":2}]}`))
	f.Add([]byte("panic: oh\n\ngoroutine 1 [running]:"))
	f.Add([]byte(`{"msg":"","x":`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var out bytes.Buffer
		(&screen{out: &out, mu: &sync.Mutex{}, prefix: "child │ "}).relayAll(bytes.NewReader(line))
		for shown := range strings.Lines(out.String()) {
			if !strings.HasPrefix(shown, "child │ ") {
				t.Fatalf("%q was shown as %q", line, out.String())
			}
		}
	})
}

// Whoever looks at a terminal gets lines for people, all else JSON.
func TestATerminalIsKnown(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if !isTerminal(&output{to: terminal}) || isTerminal(&output{to: new(bytes.Buffer)}) {
		t.Error("a terminal and a buffer are taken for each other")
	}
}
