package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"mercury-driver/driver/encoded"
)

// lockWithin is how long another process may take to let go of the file: one that has just ended does at once.
const lockWithin = time.Second

var errMissing = errors.New("an entry is missing")

var bucketName = []byte("transactions")

// store is the file. One goroutine uses it.
type store struct {
	path string
	file fs.FileInfo // what was opened under that name
	db   *bolt.DB

	// By serial, what appends and removals that failed may have left: the next commit takes it off. They may be in force all
	// the same, as bbolt writes its header before it syncs that.
	stale map[uint64][]span
}

// entry is a transaction and its place in its controller's order; numbers follow each other. What is read has its
// message.
type entry struct {
	number uint64
	event  encoded.Event
}

// ErrHeld means that another process has the file open.
var ErrHeld = errors.New("another process has it open: end that one, or set another SPOOL_DIR")

func newStore(dir string, port int) *store {
	return &store{path: filepath.Join(dir, fmt.Sprintf("mercury-driver-%d.spool", port))}
}

// openStore opens dir's file for a port, and makes it where there is none; every entry that it holds is read,
// checked and visited in order.
func openStore(dir string, port int, visit func(e entry)) (*store, error) {
	s := newStore(dir, port)
	if err := s.create(); err != nil {
		return nil, fmt.Errorf("spool %s: %w", s.path, err)
	}
	return s, s.openAll(visit)
}

// openAll opens the file that is there, and visits what it holds. With an error it is not open.
func (s *store) openAll(visit func(e entry)) error {
	err := regular(s.path)
	if err == nil {
		err = s.guard(s.open)
		if err == nil || damaged(err) { // whose cause the headers tell better than bbolt
			err = cmp.Or(s.headers(), err)
		}
	}
	if err == nil {
		err = s.guard(func() error { return s.load(visit) })
	}
	if err != nil && s.db != nil {
		_ = s.db.Close()
	}
	if err != nil {
		return fmt.Errorf("spool %s: %w", s.path, err)
	}
	return nil
}

func (s *store) open() (err error) {
	if s.db, err = openDB(s.path); err == nil {
		s.file, err = os.Stat(s.path)
	}
	return err
}

var errGone = errors.New("its file was deleted or moved away: put it back, or start the driver again")

// there fails when the next start would not find what is written: who deletes a file that is open deletes its name only.
func (s *store) there() error {
	file, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(file, s.file) {
		return errGone
	}
	return err
}

func openDB(path string) (*bolt.DB, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWithin, FreelistType: bolt.FreelistMapType})
	var system syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrHeld
	case err == nil || errors.As(err, &system):
		return db, err
	}
	return nil, &DamagedError{err}
}

// load reads all that is in the file.
func (s *store) load(visit func(e entry)) error {
	return s.db.View(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketName)
		if bucket == nil {
			return &DamagedError{errMissing}
		}
		return readAll(bucket, visit)
	})
}

func readAll(bucket *bolt.Bucket, visit func(e entry)) error {
	var last entry
	var found uint64
	err := bucket.ForEach(func(k, v []byte) error {
		e, err := read(k, v)
		switch {
		case err != nil:
			return err
		case last.event.Serial == e.event.Serial && last.number+1 != e.number:
			return &DamagedError{errMissing}
		}
		visit(e)
		last, found = e, found+tally(v)
		return nil
	})
	if err == nil && found+commit(bucket) != bucket.Sequence() {
		err = &DamagedError{errMissing}
	}
	return err
}

// guard makes an error of what bbolt does on pages that make no sense: it panics, or reads beyond the end of a
// file that was cut.
func (s *store) guard(use func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = &DamagedError{fmt.Errorf("its pages make no sense: %v", fault)}
		}
	}()
	return use()
}

// DamagedError is a file that can't be trusted. Its text is what an operator reads.
type DamagedError struct{ Cause error }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("it is damaged (%v): move it away and start again; what it held and the vendor app lacks "+
		"is then fetched again from the controllers that still have it, and reported as a gap where they don't", e.Cause)
}

func (e *DamagedError) Unwrap() error { return e.Cause }

func read(k, v []byte) (entry, error) {
	e, err := decode(k, v)
	if err != nil {
		return entry{}, &DamagedError{err}
	}
	return e, nil
}

// append writes entries with one fsync.
func (s *store) append(entries []entry) error {
	err := s.update(func(bucket *bolt.Bucket) (change uint64, err error) {
		if err := s.there(); err != nil {
			return 0, err
		}
		for _, e := range entries {
			k, v := encode(e)
			if err := bucket.Put(k, v); err != nil {
				return 0, err
			}
			change += tally(v)
		}
		return change, nil
	})
	if err != nil {
		for _, e := range entries { // some may be handed on from memory meanwhile, and their numbers be given again
			s.suspect(span{e.event.Serial, e.number, e.number + 1})
		}
		return fmt.Errorf("spool %s: write %d transactions: %w", s.path, len(entries), err)
	}
	return nil
}

// from returns at most n entries of a controller, from a number on.
func (s *store) from(serial, number uint64, n int) (entries []entry, err error) {
	err = s.guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			cursor := tx.Bucket(bucketName).Cursor()
			for k, v := cursor.Seek(key(serial, number)); k != nil && len(entries) < n; k, v = cursor.Next() {
				e, err := read(k, v)
				if err != nil || e.event.Serial != serial {
					return err
				}
				entries = append(entries, e)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("spool %s: read transactions of controller %d: %w", s.path, serial, err)
	}
	return entries, nil
}

// remove drops entries with one fsync. Those that it can't are not of use to anybody: the next commit drops them, and
// their numbers may be given again.
func (s *store) remove(spans []span) error {
	err := s.update(func(bucket *bolt.Bucket) (change uint64, err error) {
		for _, gone := range spans {
			for number := gone.first; number < gone.end; number++ {
				k := key(gone.serial, number)
				v := bucket.Get(k)
				if len(v) < checksumSize {
					return 0, &DamagedError{errMissing}
				}
				change -= tally(v)
				if err := bucket.Delete(k); err != nil {
					return 0, err
				}
			}
		}
		return change, nil
	})
	if err != nil {
		for _, gone := range spans {
			s.suspect(gone)
		}
		return fmt.Errorf("spool %s: drop transactions that are not needed any more: %w", s.path, err)
	}
	return nil
}

// update commits what do does, which returns by how much the tallies of all entries change.
func (s *store) update(do func(*bolt.Bucket) (change uint64, err error)) error {
	err := s.guard(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			bucket := tx.Bucket(bucketName)
			left, err := s.takeOff(bucket)
			if err != nil {
				return err
			}
			change, err := do(bucket)
			if err != nil {
				return err
			}
			return bucket.SetSequence(bucket.Sequence() - left + change + 1) // the commit's number
		})
	})
	if err == nil {
		s.stale = nil
	}
	return err
}

// suspect notes entries that are in the file or not.
func (s *store) suspect(left span) {
	known := s.stale[left.serial]
	for i := range known {
		if k := &known[i]; left.first <= k.end && k.first <= left.end {
			k.first, k.end = min(k.first, left.first), max(k.end, left.end)
			return
		}
	}
	if s.stale == nil {
		s.stale = make(map[uint64][]span)
	}
	s.stale[left.serial] = append(known, left)
}

// takeOff deletes what is stale, and returns the sum of its tallies.
func (s *store) takeOff(bucket *bolt.Bucket) (tallies uint64, err error) {
	for _, spans := range s.stale {
		for _, left := range spans {
			for number := left.first; number < left.end; number++ {
				k := key(left.serial, number)
				if v := bucket.Get(k); v != nil {
					tallies += tally(v)
					if err := bucket.Delete(k); err != nil {
						return 0, err
					}
				}
			}
		}
	}
	return tallies, nil
}

// used is how many bytes of the file the entries take: pages, which are not filled to the brim. What else the file has is
// written again before it grows.
func (s *store) used() (bytes int, err error) {
	err = s.guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			if k, _ := tx.Bucket(bucketName).Cursor().First(); k == nil {
				return nil
			}
			stats := s.db.Stats()
			bytes = int(tx.Size()) - (stats.FreePageN+stats.PendingPageN)*s.db.Info().PageSize
			return nil
		})
	})
	return bytes, err
}

func (s *store) close() error { return s.guard(s.db.Close) }
