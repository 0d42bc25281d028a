package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// errOccupied: another demo has its data there.
var errOccupied = errors.New("another demo of yours runs there; stop it first")

// demoDir is where a user's demo has its data: a place that can be told beforehand, so one at a time.
func demoDir() string {
	return filepath.Join(os.TempDir(), "mercury-demo-"+strconv.Itoa(os.Getuid()))
}

// enterDir makes a directory, or empties the one that a killed demo left, and holds it until leave, which
// removes it; no longer than the process lives.
func enterDir(path string) (leave func(), err error) {
	dir, err := openOwn(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("directory %s for the demo's data: %w: want an existing one in TMPDIR", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("directory %s for the demo's data: %w", path, err)
	}
	if err := empty(dir, path); err != nil {
		dir.Close()
		return nil, fmt.Errorf("directory %s for the demo's data: %w", path, err)
	}
	return func() {
		os.RemoveAll(path)
		dir.Close()
	}, nil
}

// openOwn opens a directory of this user, made when there is none. Where all may write, somebody else may
// have put something of that name there.
func openOwn(path string) (*os.File, error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, errors.Unwrap(err)
	}
	dir, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	info, err := dir.Stat()
	if err == nil && info.Sys().(*syscall.Stat_t).Uid != uint32(os.Getuid()) {
		err = errors.New("it belongs to another user")
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// empty locks a directory and removes all that is in it.
func empty(dir *os.File, path string) error {
	err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errOccupied
	}
	if err != nil {
		return err
	}
	held, err := dir.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(path); err != nil || !os.SameFile(held, there) {
		return errOccupied // by a demo that ended and removed it just now
	}
	names, err := dir.Readdirnames(0)
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, name)))
	}
	return errors.Join(err, dir.Chmod(0o700))
}
