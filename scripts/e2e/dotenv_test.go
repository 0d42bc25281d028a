package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What .env sets and nobody knows keeps no driver from running, but is told: by -check-config and in the log.
func TestDoubtfulDotenv(t *testing.T) {
	dir := t.TempDir()
	text := fmt.Sprintf("PORT=%d\nVENDOR_APP_ADDR=127.0.0.1:1\nREDIS_URL=redis://127.0.0.1:1\nSENTRY_DSN=\nADMIN_ADDR=off\nLINK_FRESHH=9s\n",
		freePort(t))
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in := func(args string) *process {
		return start(t, "driver", []string{raceEndsAtOnce}, "sh", "-c", "cd "+dir+" && exec "+driverProgram+args)
	}
	const doubt = ".env: LINK_FRESHH in line 6 is no setting; perhaps LINK_FRESH is meant"
	checked := in(" -check-config")
	if code := checked.exit(10 * time.Second); code != 0 {
		t.Errorf("-check-config: exit code %d", code)
	}
	for _, text := range []string{doubt, "the configuration is good"} {
		if err := checked.says(text); err != nil {
			t.Error(err)
		}
	}
	d := in("")
	eventually(t, 10*time.Second, "it runs", func() error { return d.says("listening for controllers") })
	if err := d.says(`"level":"WARN","msg":"a setting is doubtful"`); err != nil {
		t.Error(err)
	}
	if err := d.says(doubt); err != nil {
		t.Error(err)
	}
	d.stop(10 * time.Second)
}
