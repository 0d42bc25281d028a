package main

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mercury-driver/driver/config"
	"mercury-driver/driver/report"
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

func TestStateFailures(t *testing.T) {
	for name, test := range map[string]struct {
		cause error
		code  int
		says  string
	}{
		"another process": {report.ErrHeld, exitPort, "another driver"},
		"no file":         {report.ErrNoFile, exitConfig, "STATE_DIR: use x.run: it is no file: let the driver's user"},
		"no permission":   {syscall.EACCES, exitConfig, "STATE_DIR: use x.run: permission denied: let the driver's user"},
		"read-only":       {syscall.EROFS, exitConfig, "or name another directory"},
		"disk full":       {syscall.ENOSPC, exitRuntime, "no space"},
	} {
		t.Run(name, func(t *testing.T) {
			err := stateFailure(fmt.Errorf("use x.run: %w", test.cause))
			if exitCode(err) != test.code || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Errorf("%v, exit %d, want %d", err, exitCode(err), test.code)
			}
		})
	}
	if err := stateFailure(nil); err != nil {
		t.Errorf("none became %v", err)
	}
}

// The check tells what keeps a start from noting its run.
func TestCheckLooksAtTheNotes(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mercury-driver-5001.run"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, err := check(config.Config{Port: 5001, StateDir: dir}, nil); code != exitConfig || !strings.Contains(fmt.Sprint(err), "STATE_DIR: ") {
		t.Errorf("exit %d, %v", code, err)
	}
}

// What can't be written has not been told, so that a script must not go on.
func TestOutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = full
	for _, flag := range []string{"-h", "-version"} {
		if code, err := start([]string{flag}, nil, nil); code != exitRuntime || err == nil {
			t.Errorf("%s: exit %d, %v", flag, code, err)
		}
	}
}

func TestPortFailures(t *testing.T) {
	for name, test := range map[string]struct {
		cause syscall.Errno
		code  int
		says  string
	}{
		"taken":         {syscall.EADDRINUSE, exitPort, "port 80 is in use: another process listens there"},
		"no permission": {syscall.EACCES, exitConfig, "(permission denied); choose one above 1023 with -port"},
		"out of files":  {syscall.EMFILE, exitRuntime, "port 80 can't be listened on: listen tcp: too many open files"},
	} {
		t.Run(name, func(t *testing.T) {
			err := portFailure(80, &net.OpError{Op: "listen", Net: "tcp", Err: test.cause})
			if exitCode(err) != test.code || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, exit %d, want %d", err, exitCode(err), test.code)
			}
		})
	}
}
