package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrNoFile means that what has the name of a note is none, as a directory or a FIFO.
var ErrNoFile = errors.New("it is no file")

// Check looks whether the notes on port that are there can be read and written, and changes nothing. Errors: ErrNoFile,
// and what keeps one from being read or written.
func Check(dir string, port int) error {
	for _, end := range []string{".run", ".crash", ".crash.last"} {
		if err := usable(baseOf(dir, port) + end); err != nil {
			return err
		}
	}
	return nil
}

func usable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !info.Mode().IsRegular():
		err = ErrNoFile
	case err == nil:
		err = unix.Access(path, unix.R_OK|unix.W_OK)
	}
	if err != nil {
		return fmt.Errorf("use %s: %w", path, err)
	}
	return nil
}
