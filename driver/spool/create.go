package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// create makes the file where there is none. It gets its name when it is whole: one that a full disk, or a loss of power, left
// unfinished under that name would be taken for a damaged one.
func (s *store) create() error {
	if _, err := os.Lstat(s.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	unfinished := s.path + ".new"
	err := os.Remove(unfinished) // of a start that did not come to its end
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = s.guard(func() error { return createDB(unfinished) })
	}
	if err != nil {
		return errors.Join(fmt.Errorf("make the file: %w", err), os.RemoveAll(unfinished))
	}
	if err := os.Rename(unfinished, s.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(s.path))
}

func createDB(path string) error {
	db, err := openDB(path)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		bucket, err := tx.CreateBucket(bucketName)
		if err != nil {
			return err
		}
		return bucket.SetSequence(commit(bucket))
	})
	return errors.Join(err, db.Close())
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
