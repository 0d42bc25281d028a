package oracle

import (
	"reflect"
	"strings"
	"testing"
)

func TestAGoodRun(t *testing.T) {
	v := goodRun(t).judge()
	if len(v.Faults) > 0 {
		t.Errorf("faults in a good run:\n%s", strings.Join(v.Faults, "\n"))
	}
	if v.Transactions != 4 || v.Commands != 7 {
		t.Errorf("%d transactions, %d commands; want 4 and 7", v.Transactions, v.Commands)
	}
	if want := (map[string]int{"done": 4, "nak": 1, "refused": 1, "unknown": 1}); !reflect.DeepEqual(v.Outcomes, want) {
		t.Errorf("outcomes %v, want %v", v.Outcomes, want)
	}
	if len(v.Unknown) != 1 || v.Unknown[0].ID != "f" {
		t.Errorf("unknown %v, want f alone", v.Unknown)
	}
}

// Each error is planted in a good run, and must be found.
func TestPlantedErrors(t *testing.T) {
	unlocked := `"tag":4,"kind":"unlock","arguments":"1","result":"ok"}` + "\n"
	for name, tc := range map[string]struct {
		plant func(r *run)
		want  string
	}{
		"a transaction is missing": {func(r *run) { r.exec(`DELETE FROM events WHERE kind = 'door_forced'`) },
			"index 3: the panel logged door_forced, the app does not have it"},
		"a transaction is doubled": {func(r *run) {
			r.exec(`INSERT INTO gaps VALUES (7, 1, 2, 2, 'wrapped');
				INSERT INTO events SELECT 99, serial, log_epoch, idx, kind, panel_time_ns, body FROM events WHERE idx = 2`)
		}, "index 2: the app has it twice"},
		"a transaction is nobody's": {func(r *run) {
			r.exec(`INSERT INTO events VALUES (99, 7, 2, 2, 'power', 1, '{}')`)
		}, "index 2: the app has power, no panel logged it"},
		"another kind": {func(r *run) { r.exec(`UPDATE events SET kind = 'door_held' WHERE kind = 'door_forced'`) },
			"the panel logged door_forced active=true door=1 at 300, the app has door_held"},
		"another time":             {func(r *run) { r.log(`"time_ns":300`, `"time_ns":301`) }, "at 301, the app has"},
		"another truth":            {func(r *run) { r.log(`"active":true`, `"active":false`) }, "logged door_forced active=false"},
		"another reason":           {func(r *run) { r.log(`"reason":3`, `"reason":2`) }, "reason=2 at 200, the app has access_denied"},
		"a card rounded by floats": {func(r *run) { r.log(`9007199254740993`, `9007199254740992`) }, "card=9007199254740992"},
		"a field that the app does not have": {func(r *run) { r.log(`"cause":5`, `"cause":5,"more":1`) },
			"cause=5 more=1"},
		"two are reordered": {func(r *run) {
			r.exec(`UPDATE events SET id = 99 WHERE idx = 2`)
		}, "index 2: stored after index 1 of epoch 2"},
		"a late one was not reported in that epoch": {func(r *run) {
			r.exec(`INSERT INTO gaps VALUES (7, 2, 1, 1, 'wrapped'); UPDATE events SET id = 99 WHERE idx = 2`)
		}, "index 2: stored after"},
		"a gap never filled": {func(r *run) { r.exec(`INSERT INTO gaps VALUES (7, 1, 3, 9, 'wrapped')`) },
			"index 4: in a gap (wrapped) that never filled"},
		"a gap without end": {func(r *run) { r.exec(`INSERT INTO gaps VALUES (7, 1, 4, 0, 'erased')`) },
			"a gap (erased) without end"},
		"a driver lost reports": {func(r *run) { r.exec(`INSERT INTO events VALUES (99, 0, 0, 0, 'lost', 0, '{}')`) },
			"they dropped reports"},
		"executed twice": {func(r *run) { r.commands(unlocked, unlocked+"{"+unlocked) }, "executed it 3 times"},
		"executed twice, of its kind alone": {func(r *run) {
			r.commands(`{"time_ns":7`, `{"kind":"put card","arguments":"5000 0 1 0 0","result":"ok"}`+"\n"+`{"time_ns":7`)
		}, `"put card 5000 0 1 0 0": 1 done, 0 nak, 0 unknown, 0 not posted; the panel executed it 2 times`},
		"done but never executed": {func(r *run) { r.commands(unlocked, `"kind":"accept","result":"ok"}`+"\n") }, "2 done, 0 nak, 0 unknown, 1 not posted; the panel executed it 1 times"},
		"refused but executed":    {func(r *run) { r.exec(`UPDATE audit SET outcome = 'refused', instance = '' WHERE id = 'b'`) }, "2 not posted; the panel executed it 2 times"},
		"expired but executed":    {func(r *run) { r.exec(`UPDATE audit SET outcome = 'expired', instance = '' WHERE id = 'b'`) }, "executed it 2 times"},
		"nak but executed":        {func(r *run) { r.commands(`"nak","reason":"busy"`, `"ok"`) }, "1 nak, 0 unknown, 0 not posted; the panel executed it 1 times"},
		"unknown and executed twice": {func(r *run) {
			r.commands(`{"time_ns":7`, strings.Repeat(`{"kind":"put card","arguments":"5001 0 1 0 0","result":"ok"}`+"\n", 2)+`{"time_ns":7`)
		}, "1 unknown, 0 not posted; the panel executed it 2 times"},
		"executed with another argument": {func(r *run) {
			r.commands(`2 3 150","result":"nak"`, `2 3 151","result":"ok"`)
			r.exec(`UPDATE audit SET outcome = 'unknown', instance = '' WHERE id = 'd'; DELETE FROM results WHERE id = 'd'`)
		}, `"output 2 3 151": nobody asked the panel for it`},
		"at another panel": {func(r *run) {
			r.write("8.log", "")
			r.write("8.commands", `{"kind":"unlock","arguments":"1","result":"ok"}`)
		}, `controller 8: "unlock 1": nobody asked`},
		"executed after its time": {func(r *run) { r.commands(`{"time_ns":6,`, `{"time_ns":7000000002,`) },
			`"put card 5000 0 1 0 0": command e was carried out 1ns too late`},
		"by hand, executed after its time": {func(r *run) {
			r.commands(`{"time_ns":7,`, `{"time_ns":9000000000,`)
			r.sent[0].Payload = `{"id":"g","ttl_ms":2000,"delete_card":{"card":"5000"}}`
		}, `"delete card 5000": command g was carried out 4s too late`},
		"never ended": {func(r *run) { r.exec(`UPDATE audit SET outcome = NULL WHERE id = 'f'`) }, "command f: it never ended"},
		"ended twice": {func(r *run) { r.exec(`INSERT INTO results VALUES ('g', 'q', 'refused')`) }, "command g: done by p and refused by q"},
		"the audit says another end": {func(r *run) { r.exec(`UPDATE results SET outcome = 'unknown' WHERE id = 'a'`) },
			"command a: the audit says done by p, the result unknown by p"},
		"sent by hand, done but not executed": {func(r *run) { r.commands(`"delete card","arguments":"5000"`, `"status","arguments":""`) },
			`"delete card 5000": 1 done`},
		"sent by hand, unheard but executed": {func(r *run) {
			r.exec(`DELETE FROM results WHERE id = 'g'`)
			r.sent[0].Heard = false
		}, `"delete card 5000": 0 done, 0 nak, 0 unknown, 1 not posted; the panel executed it 1 times`},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodRun(t)
			tc.plant(r)
			v := r.judge()
			for _, fault := range v.Faults {
				if strings.Contains(fault, tc.want) {
					return
				}
			}
			t.Errorf("no fault says %q; found:\n%s", tc.want, strings.Join(v.Faults, "\n"))
		})
	}
}

func TestAGapThatFilledLateIsGood(t *testing.T) {
	r := goodRun(t)
	r.exec(`INSERT INTO gaps VALUES (7, 1, 2, 2, 'skipped'); UPDATE events SET id = 99 WHERE idx = 2`)
	if v := r.judge(); len(v.Faults) > 0 {
		t.Errorf("faults %q", v.Faults)
	}
}

func TestASentCommandWithoutAnEndIsUnknown(t *testing.T) {
	r := goodRun(t)
	r.exec(`DELETE FROM results WHERE id = 'g'`)
	if v := r.judge(); len(v.Faults) > 0 || len(v.Unknown) != 2 {
		t.Errorf("faults %q, unknown %v", v.Faults, v.Unknown)
	}
}

// What the oracle can't read it must not pass over.
func TestUnreadableRuns(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(r *run)
		want  string
	}{
		"no journals":       {func(r *run) { r.journals = r.t.TempDir() }, "no logs in"},
		"no database":       {func(r *run) { r.database = r.t.TempDir() + "/none" }, "read the app's database"},
		"a torn line":       {func(r *run) { r.log(`"cause":5}`, "") }, "7.log:4"},
		"a torn command":    {func(r *run) { r.commands(`"5000","result":"ok"}`, "") }, "7.commands:7"},
		"a body of no JSON": {func(r *run) { r.exec(`UPDATE events SET body = 'x' WHERE idx = 3`) }, "index 3: body"},
		"a strange command": {func(r *run) { r.exec(`UPDATE audit SET kind = 'dance' WHERE id = 'a'`) }, `can't judge the action "dance"`},
		"sent without deed": {func(r *run) { r.sent[0].Payload = `{"id":"g"}` }, "no action"},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodRun(t)
			tc.spoil(r)
			if _, err := Judge(r.journals, r.database, r.sent); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}
