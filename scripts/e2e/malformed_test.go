package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What can't be a command is refused where its id can be read, else logged; it is counted, and harms
// nothing.
func TestMalformedCommands(t *testing.T) {
	s := startSystem(t, 1)
	d := s.drivers[0]
	startFleet(t, loopback(d.port), 2, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(2) })
	long := strings.Repeat("x", 200_000)
	sent := 0
	for _, payload := range []string{
		"", "garbage", "\x00\xff\xfe", "{", "[]", "null", `{"unlock":{"door":1}}`, `{"id":"","unlock":{"door":1}}`,
		`{"id":"` + long + `","unlock":{"door":1}}`, `{"id":"a b","unlock":{"door":1}}`, `{"id":7}`, long,
	} {
		s.redis.publish(firstSerial, payload)
		sent++
	}
	refused := map[string]string{
		`{"id":"no-action"}`:                                                            "action",
		`{"id":"unknown-action","dance":{"door":1}}`:                                    "action",
		`{"id":"wrong-type","unlock":{"door":"front"}}`:                                 "JSON",
		`{"id":"two-actions","unlock":{"door":1},"output":{"output":1}}`:                "JSON",
		`{"id":"no-door","unlock":{}}`:                                                  "door",
		`{"id":"short-ttl","ttl_ms":1,"unlock":{"door":1}}`:                             "ttl",
		`{"id":"endless-pulse","output":{"output":1,"action":3,"pulse_ms":4000000000}}`: "pulse",
		"\x0a\x09torn-form\x52\x7f":                                                     "protobuf",
	}
	for payload := range refused {
		s.redis.publish(firstSerial, payload)
	}
	for payload, reason := range refused {
		eventually(t, 10*time.Second, fmt.Sprintf("%q is refused", payload), func() error { return s.app.refused(payload, reason) })
	}
	eventually(t, 5*time.Second, "what can't be read is logged", func() error { return d.says("can't be decoded") })
	if n := d.metric("mercury_commands_malformed_total"); n < sent {
		t.Errorf("%d malformed commands counted, of %d", n, sent)
	}
	s.untouched(t, 2)
}

// refused fails unless the result of a payload says so, with that reason.
func (a *app) refused(payload, reason string) error {
	rows, err := a.stored.Query(`SELECT id, outcome, reason FROM results`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, outcome, why string
		if err := rows.Scan(&id, &outcome, &why); err != nil {
			return err
		}
		switch {
		case !strings.Contains(payload, id):
		case outcome == "refused" && strings.Contains(why, reason):
			return nil
		default:
			return fmt.Errorf("it ended %s: %s", outcome, why)
		}
	}
	return fmt.Errorf("no result")
}

// metric is a number that the driver shows.
func (d *driver) metric(name string) int {
	d.t.Helper()
	_, text, err := d.get("/metrics")
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				d.t.Fatalf("%s: %v", line, err)
			}
			return int(n)
		}
	}
	d.t.Fatalf("there is no metric %s", name)
	return 0
}
