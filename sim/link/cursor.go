package link

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"mercury-driver/cvendor/scp"
)

// cursor takes the fields of a body one by one. The first fault sticks; every take after it gives
// zero, so that a reader of fields checks once, at its end.
type cursor struct {
	rest []byte
	bad  string
}

func (c *cursor) spoil(fault string) {
	if c.bad == "" {
		c.bad = fault
	}
	c.rest = nil
}

func (c *cursor) check(ok bool, fault string) {
	if !ok {
		c.spoil(fault)
	}
}

func (c *cursor) byte() byte {
	if len(c.rest) == 0 {
		c.spoil("too short")
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

func (c *cursor) uint64() uint64 {
	n, size := binary.Uvarint(c.rest)
	return take(c, n, size)
}

func (c *cursor) varint() int64 {
	n, size := binary.Varint(c.rest)
	return take(c, n, size)
}

// take moves behind a number of size bytes; size is 0 or less when there was none.
func take[T uint64 | int64](c *cursor, n T, size int) T {
	if size <= 0 {
		c.spoil("no number")
		return 0
	}
	c.rest = c.rest[size:]
	return n
}

func (c *cursor) uint32() uint32 {
	n := c.uint64()
	c.check(n <= math.MaxUint32, "a number out of its range")
	return uint32(n)
}

func (c *cursor) int32() int32 {
	n := c.varint()
	c.check(n >= math.MinInt32 && n <= math.MaxInt32, "a number out of its range")
	return int32(n)
}

func (c *cursor) tag() uint32 {
	tag := c.uint32()
	c.check(tag >= 1, "no tag")
	return tag
}

func (c *cursor) flag() bool {
	b := c.byte()
	c.check(b <= 1, "no flag")
	return b == 1
}

// line takes the rest. It is not a copy.
func (c *cursor) line() []byte {
	line := c.rest
	c.rest = nil
	c.check(len(line) >= 1 && len(line) <= scp.MaxLine, "no command line")
	return line
}

func (c *cursor) text() string {
	size := c.uint64()
	if size > MaxText || size > uint64(len(c.rest)) {
		c.spoil("a text too long")
		return ""
	}
	s := string(c.rest[:size])
	c.rest = c.rest[size:]
	c.check(utf8.ValidString(s) && !strings.Contains(s, "\x00"), "a text that is none")
	return s
}
