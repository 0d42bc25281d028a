package scp

import (
	"math"
	"strconv"
)

// words takes the words of a command line one by one. The first fault sticks; every take after it
// gives zero, so that a parser needs one check at its end.
type words struct {
	rest []string
	bad  string
}

func (w *words) next() string {
	if len(w.rest) == 0 {
		w.spoil("too few words")
		return ""
	}
	word := w.rest[0]
	w.rest = w.rest[1:]
	return word
}

// integer takes a decimal number from low to high, both included.
func (w *words) integer(low, high int64) int64 {
	n, err := strconv.ParseInt(w.next(), 10, 64)
	if err != nil || n < low || n > high {
		w.spoil("a number out of its range")
		return 0
	}
	return n
}

func (w *words) uint64() uint64 {
	n, err := strconv.ParseUint(w.next(), 10, 64)
	if err != nil {
		w.spoil("a number out of its range")
	}
	return n
}

func (w *words) uint32() uint32 { return uint32(w.integer(0, math.MaxUint32)) }
func (w *words) time() int64    { return w.integer(math.MinInt64, math.MaxInt64) }
func (w *words) flag() bool     { return w.integer(0, 1) == 1 }

func (w *words) spoil(text string) {
	if w.bad == "" {
		w.bad = text
	}
}

func (w *words) fault() string {
	if w.bad == "" {
		return "too many words"
	}
	return w.bad
}

func appendUint[T ~uint32 | ~uint64](line []byte, n T) []byte {
	return strconv.AppendUint(append(line, ' '), uint64(n), 10)
}

func appendInt[T ~int32 | ~int64](line []byte, n T) []byte {
	return strconv.AppendInt(append(line, ' '), int64(n), 10)
}

func appendFlag(line []byte, on bool) []byte {
	if on {
		return append(line, " 1"...)
	}
	return append(line, " 0"...)
}
