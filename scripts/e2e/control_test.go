package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// control is a running fleet's control API, as people use it from a command line.
type control struct {
	t    *testing.T
	addr string
}

// startControlled runs a fleet of idle panels that can be asked.
func startControlled(t *testing.T, connect string, panels int, flags ...string) (*fleet, control) {
	t.Helper()
	c := control{t, loopback(freePort(t))}
	f := startFleet(t, connect, panels, append([]string{"-scenario", "idle", "-control", c.addr}, flags...)...)
	eventually(t, 10*time.Second, "the fleet can be asked", func() error { return f.says("fleet is controlled") })
	return f, c
}

// does types a command line of fault or panel, which must work, and returns what it printed.
func (c control) does(words ...string) string {
	c.t.Helper()
	p := start(c.t, words[0], []string{raceEndsAtOnce}, simProgram, append(words, "-control", c.addr)...)
	if code := p.exit(10 * time.Second); code != 0 {
		c.t.Fatalf("%s: exit code %d: %s", strings.Join(words, " "), code, p.said())
	}
	return p.said()
}

// starts starts a fault and returns its id.
func (c control) starts(words ...string) string {
	c.t.Helper()
	said := c.does(append([]string{"fault", "start"}, words...)...)
	id, _, _ := strings.Cut(strings.TrimPrefix(said, "fault "), ":")
	if _, err := strconv.Atoi(id); err != nil {
		c.t.Fatalf("%v: %s", words, said)
	}
	return id
}

// panelState is what a fleet says of a panel.
type panelState struct {
	Up, Attached bool
	Faults       []string
	Newest       uint64
	Acknowledged uint64
	LogEpoch     uint32 `json:"log_epoch"`
	Moves        uint64
}

func (c control) panel(serial uint64) (s panelState) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.does("panel", fmt.Sprint(serial), "-json")), &s); err != nil {
		c.t.Fatal(err)
	}
	return s
}
