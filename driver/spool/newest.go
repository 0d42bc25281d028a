package spool

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
)

var errHeader = errors.New("one of its two headers is broken")

// A file of bbolt begins with two pages that each hold a header; commits write them by turns. A header stands behind
// what all pages begin with, in the byte order of the machine, and ends in a checksum of what is before.
const (
	pageHead   = 16
	headerSize = 64
)

// newest makes sure that what was opened is what was committed last. Where the newer header is broken bbolt goes back
// to the older one, and nobody would learn that the last commit is lost.
func (s *store) newest() error {
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer file.Close()
	for page := range int64(2) {
		var header [headerSize]byte
		if _, err := file.ReadAt(header[:], page*int64(s.db.Info().PageSize)+pageHead); err != nil {
			return err
		}
		sum := fnv.New64a()
		sum.Write(header[:headerSize-8])
		if sum.Sum64() != binary.NativeEndian.Uint64(header[headerSize-8:]) {
			return &DamagedError{errHeader}
		}
	}
	return nil
}
