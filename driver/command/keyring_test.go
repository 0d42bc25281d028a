package command

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"mercury-driver/driver/config"
)

// keyLine is a line of a key file.
func keyLine(id string, key ed25519.PrivateKey) string {
	return id + " " + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)) + "\n"
}

// Keys are changed without a restart, and a file that can't be read opens and shuts nothing.
func TestKeysAreRotated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	older, newer := keyLine("older", secretKey(1)), keyLine("newer", secretKey(2))
	write(older)
	synctest.Test(t, func(t *testing.T) {
		var log logged
		k, err := openKeyring(file, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- k.run(ctx) }()
		for _, step := range []struct {
			name         string
			change       func()
			older, newer bool
			stale        bool
			lines        int // of the log, in all
		}{
			{"as it was", func() {}, true, false, false, 0},
			{"both", func() { write(older + newer) }, true, true, false, 1},
			{"a fault in a line", func() { write(newer + "older = x") }, true, true, true, 2},
			{"still there", func() { time.Sleep(time.Minute) }, true, true, true, 2},
			{"another fault", func() { write("") }, true, true, true, 3},
			{"gone", func() { _ = os.Remove(file) }, true, true, true, 4},
			{"back", func() { write(older + newer) }, true, true, false, 5},
			{"gone again", func() { _ = os.Remove(file) }, true, true, true, 6},
			{"a FIFO", func() { _ = unix.Mkfifo(file, 0o600) }, true, true, true, 7},
			{"gone once more", func() { _ = os.Remove(file) }, true, true, true, 8},
			{"the newer alone", func() { write(newer) }, false, true, false, 9},
			{"the older's name for another key", func() { write(newer + keyLine("older", secretKey(3))) }, true, true, false, 10},
		} {
			step.change()
			time.Sleep(2 * lookEvery)
			synctest.Wait()
			keys := 0
			for id, wanted := range map[string]bool{"older": step.older, "newer": step.newer} {
				if (k.find(id) != nil) != wanted {
					t.Errorf("%s: key %s found: %v", step.name, id, !wanted)
				}
				if wanted {
					keys++
				}
			}
			if got := newGate(k, quiet).Stats(); got != (GateStats{Keys: keys, Stale: step.stale}) || log.count("COMMAND_KEYS") != step.lines {
				t.Errorf("%s: %+v, log:\n%s", step.name, got, log.text.String())
			}
		}
		if !k.find("older").Equal(secretKey(3).Public()) {
			t.Error("a key was not replaced")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestKeyFileThatIsGoneAtTheStart(t *testing.T) {
	_, err := openKeyring("/no/such/file", quiet)
	var faults config.Faults
	if !errors.As(err, &faults) || faults[0].Key != "COMMAND_KEYS" {
		t.Errorf("got %v, want a fault of the configuration", err)
	}
}
