package journal

import (
	"os"
	"path/filepath"
	"testing"

	"mercury-driver/sim/panel"
)

// Bytes in the files come from disks and people: they may be refused, but must not crash a fleet. What is taken once
// is taken again with what a panel adds to it, and makes the same panel.
func FuzzLoad(f *testing.F) {
	const boot = `{"epoch":1,"index":1,"kind":"panel_boot","time_ns":1,"cause":1}` + "\n"
	f.Add([]byte(boot+`{"epoch":2,"index":1,"kind":"panel_boot","time_ns":1,"cause":3}`+"\n"),
		[]byte(`{"time_ns":1,"epoch":2,"line":"9016 0 4711 98765 3 0 0"}`+"\n"), []byte("{}\n{"))
	f.Add([]byte(boot), []byte(`{"time_ns":1,"epoch":1,"line":"9020 0 1 1"}`+"\n"+`{"time_ns":1,"epoch":4294967295,"line":"9031 0 1"}`+"\n"), []byte{})
	f.Add([]byte(boot), []byte(`{"time_ns":-9223372036854775808,"epoch":1,"line":"9015 0 9223372036854775807"}`+"\n"), []byte{})
	f.Add([]byte(boot[:20]), []byte(`{"time_ns":1,"epoch":1,"line":"9020 0 1 1"}`+"\n"), []byte{})
	f.Add([]byte(boot), []byte(`{"time_ns":1,"epoch":1,"line":"9032 0 2.0"}`+"\n"), []byte{})
	f.Add([]byte(`{"epoch":1,"index":1,"kind":"firmware_progress","time_ns":1,"phase":1,"percent":300}`), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, log, state, commands []byte) {
		dir := t.TempDir()
		for ending, text := range map[string][]byte{".log": log, ".state": state, ".commands": commands} {
			if err := os.WriteFile(filepath.Join(dir, "7"+ending), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		j := New(dir, 7)
		p := panel.New(panel.Options{Serial: 7, LogCapacity: 16, Recorder: j})
		if j.Load(p) != nil {
			return
		}
		p.Start(noon)
		p.Swipe(1, 4711)
		p.Advance(noon.Add(panel.BatteryTime))
		flush(t, j)
		again := panel.New(panel.Options{Serial: 7, LogCapacity: 16})
		if err := New(dir, 7).Load(again); err != nil {
			t.Fatal(err)
		}
		if p.Identity() != again.Identity() || p.Acknowledged() != again.Acknowledged() {
			t.Errorf("%+v, %d acknowledged, became %+v, %d", p.Identity(), p.Acknowledged(), again.Identity(), again.Acknowledged())
		}
	})
}
