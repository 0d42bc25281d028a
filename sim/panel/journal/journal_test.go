package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// open is the panel 7 as the files in dir say, started at noon.
func open(t *testing.T, dir string) (*panel.Panel, *Journal) {
	t.Helper()
	j := New(dir, 7)
	p := panel.New(panel.Options{Serial: 7, Recorder: j})
	if err := j.Load(p); err != nil {
		t.Fatal(err)
	}
	p.Start(noon)
	p.LinkUp()
	return p, j
}

func flush(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Flush(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func expectFile(t *testing.T, dir, name string, want ...string) {
	t.Helper()
	if got := read(t, dir, name); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, strings.Join(want, "\n"))
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	p, j := open(t, dir)
	p.Swipe(1, 4711)
	for tag, a := range []scp.Action{
		scp.PutCard{Card: 4711, PIN: 98765, Doors: 3},
		scp.DoorMode{Door: 9, Mode: 1},
		scp.Accept{},
		scp.LogAcknowledge{LogPosition: scp.LogPosition{Epoch: 1, Index: 2}},
	} {
		p.Execute(uint32(tag+1), scp.Command{Target: 5, Action: a})
	}
	if _, err := os.Stat(filepath.Join(dir, "7.log")); err == nil {
		t.Error("there is a file before Flush")
	}
	flush(t, j)
	p.Tamper(0, true)
	flush(t, j)
	flush(t, j)
	expectFile(t, dir, "7.log",
		`{"epoch":1,"index":1,"kind":"panel_boot","time_ns":1772452800000000000,"cause":1}`,
		`{"epoch":1,"index":2,"kind":"unknown_credential","time_ns":1772452800000000000,"reader":1,"door":1,"card":4711,"bits":26}`,
		`{"epoch":1,"index":3,"kind":"tamper","time_ns":1772452800000000000,"module":0,"active":true}`)
	expectFile(t, dir, "7.commands",
		`{"time_ns":1772452800000000000,"tag":1,"kind":"put card","arguments":"4711 0 3 0 0","result":"ok"}`,
		`{"time_ns":1772452800000000000,"tag":2,"kind":"door mode","arguments":"9 1","result":"nak","reason":"no such point or card"}`,
		`{"time_ns":1772452800000000000,"tag":3,"kind":"accept","arguments":"","result":"ok"}`,
		`{"time_ns":1772452800000000000,"tag":4,"kind":"acknowledge log","arguments":"1 2","result":"ok"}`)
	expectFile(t, dir, "7.state",
		`{"time_ns":1772452800000000000,"epoch":1,"line":"9016 0 4711 98765 3 0 0"}`,
		`{"time_ns":1772452800000000000,"epoch":1,"line":"9020 0 1 2"}`)
}

// Every kind is written with the fields of its message in the contract, and read back the same.
func TestEntries(t *testing.T) {
	all := panel.Entry{Epoch: 3, Index: 8, Time: -5, Card: 1<<63 - 1, Deadline: 99, Request: 6, Value: 2,
		Reader: 4, Door: 5, Number: 7, Bits: 26, Percent: 40, Active: true}
	for kind, want := range map[scp.Kind]string{
		scp.PanelBoot:         `"cause":2`,
		scp.AccessGranted:     `"reader":4,"door":5,"card":9223372036854775807`,
		scp.AccessDenied:      `"reader":4,"door":5,"card":9223372036854775807,"reason":2`,
		scp.UnknownCredential: `"reader":4,"door":5,"card":9223372036854775807,"bits":26`,
		scp.Duress:            `"reader":4,"door":5,"card":9223372036854775807`,
		scp.HostDecisionRequest: `"reader":4,"door":5,"card":9223372036854775807,"request":6,` +
			`"deadline_ns":99`,
		scp.DoorPosition:     `"door":7,"open":true`,
		scp.DoorForced:       `"door":7,"active":true`,
		scp.DoorHeld:         `"door":7,"active":true`,
		scp.ExitRequest:      `"door":7`,
		scp.InputChange:      `"input":7,"state":2`,
		scp.OutputChange:     `"output":7,"on":true`,
		scp.ModuleComm:       `"module":7,"online":true`,
		scp.Tamper:           `"module":7,"active":true`,
		scp.Power:            `"source":2,"ok":true`,
		scp.ModeChange:       `"door":7,"mode":2`,
		scp.FirmwareProgress: `"phase":2,"percent":40`,
	} {
		e := all
		e.Kind = kind
		line := string(appendEntry(nil, &e))
		if want := `{"epoch":3,"index":8,"kind":"` + kind.String() + `","time_ns":-5,` + want + "}\n"; line != want {
			t.Errorf("got  %swant %s", line, want)
		}
		back, err := parseEntry([]byte(line))
		if again := string(appendEntry(nil, &back)); err != nil || again != line {
			t.Errorf("read back %s, %v", again, err)
		}
	}
}

// Wherever a killed process was cut off, the next one goes on behind the last whole line.
func TestTornLastLine(t *testing.T) {
	dir := t.TempDir()
	p, j := open(t, dir)
	p.Swipe(1, 4711)
	p.Execute(1, scp.Command{Action: scp.MaskForced{Door: 1, Masked: true}})
	flush(t, j)
	before := read(t, dir, "7.log")
	p.Swipe(1, 4712)
	p.Execute(2, scp.Command{Action: scp.MaskHeld{Door: 1, Masked: true}})
	flush(t, j)
	whole := map[string]string{}
	for _, name := range []string{"7.log", "7.state", "7.commands"} {
		whole[name] = read(t, dir, name)
	}
	last := len(whole["7.log"]) - len(before)
	for cut := 1; cut <= last; cut++ {
		torn := t.TempDir()
		for name, text := range whole {
			text = text[:max(len(text)-cut, strings.Index(text, "\n")+1)]
			if err := os.WriteFile(filepath.Join(torn, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, j := open(t, torn)
		if got := p.Identity().Newest; got != 3 { // boot, the first swipe, boot
			t.Fatalf("cut by %d bytes: newest is %d", cut, got)
		}
		p.ForceDoor(1)
		p.Execute(9, scp.Command{Action: scp.Accept{}})
		flush(t, j)
		if got := read(t, torn, "7.log"); !strings.HasPrefix(got, before+`{"epoch":1,"index":3,"kind":"panel_boot",`) {
			t.Fatalf("cut by %d bytes: log\n%s", cut, got)
		}
		if got := read(t, torn, "7.log"); strings.Contains(got, "door_forced") {
			t.Fatalf("cut by %d bytes: the mask is forgotten", cut)
		}
		for _, line := range strings.Split(strings.TrimSpace(read(t, torn, "7.commands")), "\n") {
			if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") {
				t.Fatalf("cut by %d bytes: %q in commands", cut, line)
			}
		}
	}
}

func TestAPanelGoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	p, j := open(t, dir)
	p.Execute(1, scp.Command{Action: scp.Reset{Erase: true}})
	p.Advance(noon.Add(panel.BootTime))
	for range 3 {
		p.Swipe(1, 4711)
	}
	p.Execute(2, scp.Command{Action: scp.LogAcknowledge{LogPosition: scp.LogPosition{Epoch: 2, Index: 2}}})
	flush(t, j)

	p, j = open(t, dir)
	flush(t, j)
	if id := p.Identity(); id.LogEpoch != 2 || id.Oldest != 1 || id.Newest != 5 {
		t.Errorf("epoch %d, %d to %d; want epoch 2, 1 to 5", id.LogEpoch, id.Oldest, id.Newest)
	}
	p.Execute(1, scp.Command{Action: scp.LogResume{}})
	p.Next() // the reply
	if m, _ := p.Next(); m.Index != 3 || m.LogEpoch != 2 || m.Card != 4711 {
		t.Errorf("reports %+v first, want what was not acknowledged", m)
	}
	if got := strings.Count(read(t, dir, "7.log"), "\n"); got != 6 {
		t.Errorf("%d lines, want those of both epochs: 6", got)
	}
}

func TestBrokenFilesAreRefused(t *testing.T) {
	const boot = `{"epoch":1,"index":1,"kind":"panel_boot","time_ns":1,"cause":1}` + "\n"
	for name, tc := range map[string]struct{ file, text, want string }{
		"not JSON":         {"7.log", boot + "x\n", "7.log:2 is broken"},
		"a hole":           {"7.log", boot + strings.Replace(boot, `"index":1`, `"index":3`, 1), "7.log:2 is broken"},
		"a field missing":  {"7.log", strings.Replace(boot, `,"cause":1`, "", 1), "field cause"},
		"an unknown kind":  {"7.log", strings.Replace(boot, "panel_boot", "sunrise", 1), `no such kind: "sunrise"`},
		"a broken setting": {"7.state", `{"time_ns":1,"epoch":1,"line":"309 0 1 7"}` + "\n", "7.state:1 is broken"},
		"no setting":       {"7.state", `{"time_ns":1,"epoch":1,"line":"311 0 1"}` + "\n", "unlock is not for its memory"},
		"a log that lacks what is acknowledged": {"7.state", `{"time_ns":1,"epoch":1,"line":"9020 0 1 1"}` + "\n",
			"entry 1 of epoch 1 is acknowledged, and was never logged"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, tc.file), []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		j := New(dir, 7)
		err := j.Load(panel.New(panel.Options{Serial: 7}))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFlushSaysWhatItCouldNotWrite(t *testing.T) {
	p, j := open(t, filepath.Join(t.TempDir(), "missing"))
	p.Tamper(0, true)
	if err := j.Flush(); err == nil || !strings.Contains(err.Error(), "7.log") {
		t.Errorf("got %v", err)
	}
}

// Bytes in the files come from disks and people: they may be refused, but must not crash a fleet.
func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"epoch":1,"index":1,"kind":"power","time_ns":1,"source":1,"ok":true}`))
	f.Add([]byte(`{"epoch":1,"index":1,"kind":"firmware_progress","time_ns":1,"phase":1,"percent":300}`))
	f.Add([]byte(`{"kind":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := parseEntry(line)
		if err != nil {
			return
		}
		back, err := parseEntry(appendEntry(nil, &e))
		if err != nil || back != e {
			t.Errorf("%+v was read back as %+v, %v", e, back, err)
		}
		panel.New(panel.Options{Serial: 1}).Reload(e)
	})
}
