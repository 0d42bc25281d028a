package main

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"mercury-driver/driver/spool"
)

// A supervisor starts again what may go better the next time, and not what somebody has to change first.
func TestSpoolFailures(t *testing.T) {
	forbidden := &fs.PathError{Op: "open", Path: "/var/spool/x", Err: syscall.EACCES}
	for name, test := range map[string]struct {
		cause error
		code  int
		says  string
	}{
		"another process": {spool.ErrHeld, exitPort, "another process"},
		"damaged":         {&spool.DamagedError{Cause: syscall.EINVAL}, exitConfig, "move it away"},
		"no permission":   {forbidden, exitConfig, "SPOOL_DIR: spool x: open /var/spool/x: permission denied: let the driver's user"},
		"read-only":       {syscall.EROFS, exitConfig, "or name another directory"},
		"disk full":       {syscall.ENOSPC, exitRuntime, "no space"},
		"none":            {nil, exitDone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.cause
			if err != nil {
				err = fmt.Errorf("spool x: %w", err)
			}
			err = spoolFailure(err)
			if exitCode(err) != test.code || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Errorf("%v, exit %d, want %d", err, exitCode(err), test.code)
			}
		})
	}
}
