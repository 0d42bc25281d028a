package cvendor

// #include "shim.h"
import "C"

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// MaxBatch is how many messages Drain fetches at most.
const MaxBatch = 256

// MaxWait is for how long Drain waits at most.
const MaxWait = 10 * time.Second

// Slice is how long a library that can wait is let wait at a time.
const Slice = C.SEAM_SLICE_MS * time.Millisecond

// Wake ends the wait of the Drain that is under way, within a Slice, or else of the next. Any goroutine; it does not block.
func (l *Library) Wake() { C.seam_wake() }

// Waits is a number that changes within each Slice while Drain waits: where it does not, the library hangs. Any goroutine.
func (l *Library) Waits() uint64 { return uint64(C.seam_waits()) }

// Drain fetches the messages that the library has into buf, oldest first, at most MaxBatch, and
// returns how many. When there is none it waits up to timeout for the first, but no longer than
// MaxWait; 0 messages are no error. busy says that commands are unanswered: a library that cannot
// wait is then polled each 1 ms, instead of each 20 ms.
//
// The messages are the caller's. Transactions hold no pointers, so a buf that is used again costs no
// memory. Those that come one by one are let come together for up to 5 ms since the last call that found some, in a
// flood for less: to wake a thread for each would be most of what it costs. Not so while busy, once a post is in a
// hurry (scp.Terms.Until), or without a timeout.
//
// One goroutine at a time: another is refused with scp.Refused. The error is otherwise nil or has code scp.Closed.
func (l *Library) Drain(buf []scp.Message, timeout time.Duration, busy bool) (n int, err error) {
	const op = "drain the controller library"
	if !l.draining.TryLock() {
		return 0, &scp.Error{Op: op, Code: scp.Refused, Text: "another thread is draining it"}
	}
	defer l.draining.Unlock()
	if !l.enter() {
		return 0, closed(op)
	}
	defer l.leave()

	var polls C.int
	if busy {
		polls = 1
	}
	room := min(len(buf), MaxBatch)
	n = int(C.seam_drain(C.short(l.channel), &l.batch[0], C.int(room), milliseconds(min(timeout, MaxWait)), polls))
	for i := range n {
		decode(&buf[i], &l.batch[i])
	}
	return n, nil
}
