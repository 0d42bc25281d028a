package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFleetNamesABadFlag(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, tc := range []struct{ args, want string }{
		{"-panels 3", "-connect: no address"},
		{"-connect localhost", `-connect: "localhost" is not host:port`},
		{"-connect a:99999", `-connect: "a:99999" is not host:port, with a port from 1 to 65535`},
		{"-connect a:1,b:0", `-connect: "b:0" is not host:port`},
		{"-connect a:1,b:http", `-connect: "b:http" is not host:port`},
		{"-connect a:1,", `-connect: "" is not host:port`},
		{"-connect a:1 -panels 10001", "-panels: 10001"},
		{"-connect a:1 -panels many", `"many" for flag -panels: want a whole number`},
		{"-connect a:1 -first-serial 0", `"0" for flag -first-serial: want a serial number, from 1`},
		{"-connect a:1 -first-serial 9223372036854775807", "-first-serial: 9223372036854775807 is not 1 to 9223372036854765807"},
		{"-connect a:1 -first-serial 18446744073709551615", "want a serial number, from 1 to 9223372036854775807"},
		{"-connect a:1 -log-capacity 0", "-log-capacity: 0 is less than 1"},
		{"-connect a:1 -log-capacity 1.5", `"1.5" for flag -log-capacity: want a whole number`},
		{"-connect a:1 -scenario party", `-scenario: "party"`},
		{"-connect a:1 -seed -1", `"-1" for flag -seed: want a whole number from 0`},
		{"-connect a:1 -scenario idle -transactions 100", "-transactions"},
		{"-connect a:1 -rate -1", "-rate"},
		{"-connect a:1 -rate fast", `"fast" for flag -rate: want a number`},
		{"-connect a:1 -fault rust", `-fault: "rust" is no kind of fault`},
		{"-connect a:1 -faults /nonexist", "-faults: open /nonexist"},
		{"-connect a:1 -progress 10ms", "-progress: 10ms"},
		{"-connect a:1 -doors 3", "-doors"},
		{"-connect a:1 more", `"more"`},
	} {
		var stdout, stderr bytes.Buffer
		status := fleetCommand(ctx, strings.Fields(tc.args), &stdout, &stderr)
		if got := stderr.String(); status != exitUsage || !strings.Contains(got, tc.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: status %d, %s", tc.args, status, got)
		}
	}
}

func TestFleetCannotKeepItsJournals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := fleetCommand(t.Context(), []string{"-connect", "127.0.0.1:9", "-log-dir", file}, &stdout, &stderr)
	if status != exitFailed || !strings.Contains(stderr.String(), file) {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}

func TestADirectoryHasOneFleet(t *testing.T) {
	dir := t.TempDir()
	args := []string{"fleet", "-connect", "127.0.0.1:9", "-panels", "1", "-log-dir", dir}
	first := start(t, args...)
	until(t, "the first one is there", func() bool { return strings.Contains(first.stdout.String(), "fleet starts") })
	status, stdout, stderr := call(args...)
	if status != exitTaken || !strings.Contains(stderr, dir+": another fleet") || strings.Count(stderr, "\n") != 1 || stdout != "" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// In a pipe each line is JSON, and the last one holds what all panels did.
func TestFleetSaysHowItGoes(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	var stdout, stderr bytes.Buffer
	args := "-connect 127.0.0.1:9 -panels 3 -first-serial 70001 -seed 4 -scenario backlog -transactions 300 -progress 1s -log-dir " + dir
	if status := fleetCommand(ctx, strings.Fields(args), &stdout, &stderr); status != exitOK {
		t.Fatalf("status %d, %s", status, stderr.String())
	}
	var said []map[string]any
	for line := range strings.Lines(stdout.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		said = append(said, one)
	}
	if len(said) != 4 || said[0]["seed"] != 4.0 || said[1]["addr"] != "127.0.0.1:9" ||
		said[2]["raised"] != 300.0 || said[2]["wanted"] != 300.0 || said[3]["logged"] != 303.0 {
		t.Errorf("said %v", said)
	}
	for _, file := range []string{"70001.log", "70002.log", "70003.log"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); strings.Count(string(text), "\n") != 101 {
			t.Errorf("%s has %d lines, want 101 (%v)", file, strings.Count(string(text), "\n"), err)
		}
	}
}
