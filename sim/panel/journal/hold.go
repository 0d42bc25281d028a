package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ErrTaken says that another process keeps journals in the directory.
var ErrTaken = errors.New("another fleet keeps its journals there; stop that one, or name another directory")

// Hold takes a directory for journals, or makes it, for as long as the returned file is open: not longer than
// the process lives, however it ends. Two processes that wrote the journal of one panel would break it.
func Hold(dir string) (*os.File, error) {
	held, err := hold(dir)
	if fault := (*fs.PathError)(nil); errors.As(err, &fault) {
		err = fault.Err // dir is told already
	}
	if err != nil {
		return nil, fmt.Errorf("keep journals in %s: %w", dir, err)
	}
	return held, nil
}

func hold(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	held, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrTaken
	}
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return held, nil
}
