package world

import (
	"time"
	"unsafe"
)

// began is when every simulation begins, by a clock that is right.
var began = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// anchor has both of a Time's clocks; every reading is made from it.
var anchor = time.Now()

// reading is what time.Now returns on a host whose wall clock and monotonic clock stand so. Package time gives
// no way to make one, but the driver's promises hang on which of the two it goes by: so the monotonic reading
// is written where package time keeps it. TestReading says when that has moved.
func reading(wall time.Time, monotonic time.Duration) time.Time {
	t := anchor.Add(wall.Sub(anchor))
	*(*int64)(unsafe.Add(unsafe.Pointer(&t), unsafe.Sizeof(uint64(0)))) = int64(monotonic)
	return t
}
