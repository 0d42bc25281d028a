package oracle

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run is what a small good run leaves behind, for tests to spoil.
type run struct {
	t        *testing.T
	journals string
	database string
	sent     []Sent
}

const (
	log7 = `{"epoch":1,"index":1,"kind":"panel_boot","time_ns":100,"cause":1}
{"epoch":1,"index":2,"kind":"access_denied","time_ns":200,"reader":2,"door":2,"card":9007199254740993,"reason":3}
{"epoch":1,"index":3,"kind":"door_forced","time_ns":300,"door":1,"active":true}
{"epoch":2,"index":1,"kind":"panel_boot","time_ns":400,"cause":5}
`
	commands7 = `{"time_ns":1,"tag":1,"kind":"accept","arguments":"","result":"ok"}
{"time_ns":2,"tag":2,"kind":"report log","arguments":"1 257","result":"ok"}
{"time_ns":3,"tag":3,"kind":"unlock","arguments":"1","result":"ok"}
{"time_ns":4,"tag":4,"kind":"unlock","arguments":"1","result":"ok"}
{"time_ns":5,"tag":5,"kind":"output","arguments":"2 3 150","result":"nak","reason":"busy"}
{"time_ns":6,"tag":6,"kind":"put card","arguments":"5000 0 1 0 0","result":"ok"}
{"time_ns":7,"tag":7,"kind":"delete card","arguments":"5000","result":"ok"}
`
	// Two unlocks of the same door, a refused one, one that the panel declined, a card that a late result
	// tells of, one that nobody heard of, and, by hand, one that a driver told of.
	tables = `
CREATE TABLE events (id INTEGER PRIMARY KEY, serial INTEGER, log_epoch INTEGER, idx INTEGER, kind TEXT, panel_time_ns INTEGER, body TEXT);
INSERT INTO events (serial, log_epoch, idx, kind, panel_time_ns, body) VALUES
	(7, 0, 0, 'online', 0, '{"peer":"x","commands_ready":true}'),
	(7, 1, 1, 'panel_boot', 100, '{"cause":"BOOT_CAUSE_POWER"}'),
	(7, 1, 2, 'access_denied', 200, '{"reader":2,"door":2,"card":"9007199254740993","reason":"DENY_REASON_WRONG_PIN"}'),
	(7, 1, 3, 'door_forced', 300, '{"door":1,"active":true}'),
	(7, 2, 1, 'panel_boot', 400, '{"cause":"BOOT_CAUSE_ERASE"}');
CREATE TABLE gaps (serial INTEGER, log_epoch INTEGER, first INTEGER, last INTEGER, cause TEXT);
CREATE TABLE audit (id TEXT, serial INTEGER, kind TEXT, arguments TEXT, created_ns INTEGER, ttl_ms INTEGER, outcome TEXT, instance TEXT, late_outcome TEXT);
INSERT INTO audit VALUES
	('a', 7, 'unlock', '{"door":1}', 1, 5000, 'done', 'p', NULL),
	('b', 7, 'unlock', '{"door":1}', 1, 5000, 'done', 'p', NULL),
	('c', 7, 'unlock', '{"door":1}', 1, 5000, 'refused', '', NULL),
	('d', 7, 'output', '{"output":2,"action":"OUTPUT_ACTION_PULSE","pulse_ms":150}', 1, 5000, 'nak', 'p', NULL),
	('e', 7, 'put_card', '{"card":"5000","pin":0,"doors":"1","from_ns":"0","until_ns":"0"}', 1, 5000, 'unknown', '', 'done'),
	('f', 7, 'put_card', '{"card":"5001","pin":0,"doors":"1","from_ns":"0","until_ns":"0"}', 1, 5000, 'unknown', '', NULL);
CREATE TABLE results (id TEXT, instance TEXT, outcome TEXT);
INSERT INTO results VALUES ('a', 'p', 'done'), ('b', 'p', 'done'), ('d', 'p', 'nak'), ('e', 'p', 'done'), ('g', 'p', 'done');
`
)

func goodRun(t *testing.T) *run {
	dir := t.TempDir()
	r := &run{t: t, journals: filepath.Join(dir, "panels"), database: filepath.Join(dir, "app.db")}
	if err := os.Mkdir(r.journals, 0o700); err != nil {
		t.Fatal(err)
	}
	r.write("7.log", log7)
	r.write("7.commands", commands7)
	r.exec(tables)
	r.sent = []Sent{{Serial: 7, Payload: `{"id":"g","delete_card":{"card":"5000"}}`, At: time.Unix(1, 0), Heard: true}}
	return r
}

func (r *run) write(file, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.journals, file), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *run) exec(statements string) {
	r.t.Helper()
	db, err := sql.Open("sqlite", r.database)
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		r.t.Fatal(err)
	}
}

// log replaces a text that the good log has once.
func (r *run) log(was, becomes string) { r.write("7.log", r.replace(log7, was, becomes)) }

// commands replaces a text that the good commands have once.
func (r *run) commands(was, becomes string) {
	r.write("7.commands", r.replace(commands7, was, becomes))
}

func (r *run) replace(text, was, becomes string) string {
	r.t.Helper()
	if strings.Count(text, was) != 1 {
		r.t.Fatalf("%q is there %d times", was, strings.Count(text, was))
	}
	return strings.Replace(text, was, becomes, 1)
}

func (r *run) judge() *Verdict {
	r.t.Helper()
	v, err := Judge(r.journals, r.database, r.sent)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}
