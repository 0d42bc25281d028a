package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// What people type: send a command, and look at what was stored.
func TestSendAndEvents(t *testing.T) {
	s := startSystem(t, 1)
	startFleet(t, loopback(s.drivers[0].port), 1, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panel is online", func() error { return s.app.hasOnline(1) })
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"done":            {[]string{"61000", "unlock", "-door", "1"}, 0, "controller 61000: unlock: done after"},
		"by a claim":      {[]string{"61000", "unlock", "-door", "2", "-route", "claim"}, 0, "unlock: done after"},
		"down the stream": {[]string{"61000", "output", "-output", "1", "-action", "pulse", "-pulse", "200ms", "-route", "stream"}, 0, "output: done after"},
		"a nak":           {[]string{"61000", "unlock", "-door", "9"}, 1, "unlock: nak after"},
		"offline":         {[]string{"61999", "unlock", "-door", "1"}, 1, "unlock: refused after"},
		"offline, json":   {[]string{"61999", "unlock", "-door", "1", "-json"}, 1, `"OUTCOME_REFUSED"`},
	} {
		t.Run(name, func(t *testing.T) {
			args := append(append([]string{"send"}, tc.args...), "-app", loopback(s.app.port))
			p := start(t, "send", nil, simProgram, args...)
			if code := p.exit(15 * time.Second); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if !strings.Contains(p.said(), tc.says) {
				t.Errorf("it says %q, want %q", p.said(), tc.says)
			}
		})
	}
	t.Run("events", func(t *testing.T) { showsEvents(t, s.app.database) })
}

// showsEvents looks for the unlock of door 2, which must be there once, in text and in JSON.
func showsEvents(t *testing.T, database string) {
	args := []string{"events", "-db", database, "-serial", "61000", "-kind", "access_granted", "-since", "5m"}
	text := start(t, "events", nil, simProgram, args...)
	asJSON := start(t, "events", nil, simProgram, append(args, "-json")...)
	for _, p := range []*process{text, asJSON} {
		if code := p.exit(10 * time.Second); code != 0 {
			t.Fatalf("exit code %d: %s", code, p.said())
		}
	}
	if n := strings.Count(text.said(), "access granted"); n != 2 || !strings.Contains(text.said(), "door=2") {
		t.Errorf("in text, want the unlocks of doors 1 and 2:\n%s", text.said())
	}
	for line := range strings.Lines(asJSON.said()) {
		var e struct {
			Serial int
			Kind   string
			Body   struct{ Door int }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Serial != 61000 || e.Kind != "access_granted" || e.Body.Door == 0 {
			t.Errorf("in JSON: %s (%v)", line, err)
		}
	}
}
