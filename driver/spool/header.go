package spool

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
)

var (
	errHeader = errors.New("one of its two headers is broken")
	errShort  = errors.New("it is shorter than it says")
)

// A file of bbolt begins with two pages that each hold a header; commits write them by turns. A header stands behind
// what all pages begin with, in the byte order of the machine, and ends in a checksum of what is before.
const (
	pageHead   = 16
	headerSize = 64
)

type header [headerSize]byte

func (h *header) pageSize() int64 { return int64(binary.NativeEndian.Uint32(h[8:])) }
func (h *header) pages() int64    { return int64(binary.NativeEndian.Uint64(h[40:])) }

func (h *header) broken() bool {
	sum := fnv.New64a()
	sum.Write(h[:headerSize-8])
	return sum.Sum64() != binary.NativeEndian.Uint64(h[headerSize-8:])
}

// headers makes sure that what bbolt opens is what was committed last, and whole. Where the newer header is broken
// bbolt goes back to the older one, and nobody would learn that the last commit is lost.
func (s *store) headers() error {
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var h header
	for page := range int64(2) {
		if _, err := file.ReadAt(h[:], page*h.pageSize()+pageHead); err != nil {
			return &DamagedError{errShort}
		}
		switch {
		case h.broken():
			return &DamagedError{errHeader}
		case info.Size() < h.pages()*h.pageSize():
			return &DamagedError{errShort}
		}
	}
	return nil
}
