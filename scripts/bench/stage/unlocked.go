package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Unlocked is the driver with plain goroutines where it has threads of its own: the limit of what these cost.
const Unlocked = "driver-unlocked"

// buildUnlocked builds it from the same sources but for one line.
func (p Programs) buildUnlocked(ctx context.Context) error {
	locking, err := filepath.Abs("driver/thread/thread.go")
	if err != nil {
		return err
	}
	source, err := os.ReadFile(locking)
	if err != nil {
		return err
	}
	source, err = withoutLock(source)
	if err != nil {
		return fmt.Errorf("%s: %w", locking, err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {locking: p.Path("unlocked.txt")}})
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(p.Path("unlocked.txt"), source, 0o644),
		os.WriteFile(p.Path("unlocked.json"), overlay, 0o644)); err != nil {
		return err
	}
	_, err = run(ctx, ".", "go", "build", "-overlay", p.Path("unlocked.json"), "-o", p.Path(Unlocked), "./driver")
	return err
}

// withoutLock takes the lock out of thread.Go. That of the main thread stays, which runs nothing of what is measured.
func withoutLock(source []byte) ([]byte, error) {
	lock := []byte("group.Go(func() error {\n\t\truntime.LockOSThread()\n")
	if bytes.Count(source, lock) != 1 {
		return nil, errors.New("no one place that locks the threads")
	}
	return bytes.Replace(source, lock, []byte("group.Go(func() error {\n"), 1), nil
}
