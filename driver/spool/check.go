package spool

import (
	"errors"
	"io/fs"
	"os"
)

// What is no file of bbolt's before one looks into it. bbolt would make a new one of the empty, and behind a link.
var (
	errEmpty  = errors.New("it is empty")
	errNoFile = errors.New("it is no file")
	errNoGoal = errors.New("it is a link to what is not there")
)

// Check looks at the file in dir for the driver on port as Open does, reads all of it, and changes nothing. There may be
// none; one that another process has open is that one's concern. Errors: *DamagedError, and what keeps the file from being read.
func Check(dir string, port int) error {
	s := newStore(dir, port)
	if _, err := os.Lstat(s.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := s.openAll(func(entry) {})
	switch {
	case errors.Is(err, ErrHeld):
		return nil
	case err != nil:
		return err
	}
	return s.close()
}

// regular makes sure that what has the name is a file with something in it.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &DamagedError{errNoGoal}
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &DamagedError{errNoFile}
	case info.Size() == 0:
		return &DamagedError{errEmpty}
	}
	return nil
}
