package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ErrTaken says that another app has the database.
var ErrTaken = errors.New("another app has it; stop that one, or name another file")

// lock takes a database file, or makes it, for as long as the returned file is open: not longer than the
// process lives, however it ends. It is closed after SQLite's own handles, because the first handle of a
// file that is closed ends all of SQLite's locks in it.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if fault := (*fs.PathError)(nil); errors.As(err, &fault) {
		err = fault.Err // path is told already
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrTaken
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), file.Close())
	}
	return file, nil
}
