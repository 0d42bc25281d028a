package cvendor

// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
	"time"
	"unsafe"

	"mercury-driver/cvendor/scp"
)

// Post hands a command to the library, and returns the tag that the controller's answer will carry.
//
// attachment (scp.Message.Attachment) says which attachment of controller cmd.Target is meant: the
// check and the post are one step, so the command never reaches a controller that got the number
// later. The terms are checked in that step too: that the link was heard from lately, if the library can tell
// (Capabilities.LastHeard), and that it is not too late. For scp.OpenChannel and scp.CloseChannel neither counts, and
// there is no tag.
//
// Any goroutine. It does not wait for the controller, but for another post to the same controller,
// and without Capabilities.ParallelPosts for any call that is in the library. An error means that
// nothing was posted; its code is scp.Malformed, scp.Gone, scp.Stale, scp.Late, scp.Refused with
// the library's words, or scp.Closed. Tag 0 without an error: posted, but the library gave no tag.
func (l *Library) Post(attachment uint32, cmd scp.Command, terms scp.Terms) (tag uint32, err error) {
	x := l.crossings.Get().(*crossing)
	defer l.crossings.Put(x)
	if err := x.write(cmd); err != nil {
		return 0, err
	}
	if !l.enter() {
		return 0, closed(describe(cmd))
	}
	defer l.leave()

	line := (*C.char)(unsafe.Pointer(&x.line[0]))
	if forChannel(cmd.Action) {
		C.seam_post_channel(line, &x.outcome)
	} else {
		C.seam_post(C.short(cmd.Target), C.uint32_t(attachment), line, milliseconds(terms.MaxSilence), left(terms.Until), &x.outcome)
	}
	return x.result(cmd)
}

// crossing is what one post takes into C and out of it. It holds no pointers.
type crossing struct {
	line    [scp.MaxLine + 1]byte // ended by NUL
	outcome C.struct_seam_outcome
}

// write puts the command's line into x. The error has code scp.Malformed: no line but the header's
// goes to the library.
func (x *crossing) write(cmd scp.Command) error {
	if cmd.Action == nil {
		return &scp.Error{Op: "post a command", Code: scp.Malformed, Text: "it has no action"}
	}
	line := cmd.AppendLine(x.line[:0])
	if _, err := scp.ParseCommand(string(line)); err != nil {
		return fmt.Errorf("%s: %w", describe(cmd), err)
	}
	x.line[len(line)] = 0
	return nil
}

func (x *crossing) result(cmd scp.Command) (tag uint32, err error) {
	switch x.outcome.status {
	case C.SEAM_POSTED:
		return uint32(x.outcome.tag), nil
	case C.SEAM_GONE:
		return 0, &scp.Error{Op: describe(cmd), Code: scp.Gone, Text: "that attachment has ended"}
	case C.SEAM_LATE:
		return 0, &scp.Error{Op: describe(cmd), Code: scp.Late, Text: "its time was over before the library was free"}
	case C.SEAM_STALE:
		silence := time.Duration(x.outcome.silence_ms) * time.Millisecond
		return 0, &scp.Error{Op: describe(cmd), Code: scp.Stale, Text: fmt.Sprintf("nothing heard for %v", silence)}
	}
	return 0, &scp.Error{Op: describe(cmd), Code: scp.Refused, Text: goText(x.outcome.text[:])}
}

func forChannel(a scp.Action) bool {
	return a.Number() == scp.OpenChannel{}.Number() || a.Number() == scp.CloseChannel{}.Number()
}

// describe says what a post attempted, and on what.
func describe(cmd scp.Command) string {
	switch a := cmd.Action.(type) {
	case scp.OpenChannel:
		return fmt.Sprintf("open channel %d on port %d", cmd.Target, a.Port)
	case scp.CloseChannel:
		return fmt.Sprintf("close channel %d", cmd.Target)
	default:
		return fmt.Sprintf("post %s to scp %d", scp.Name(a), cmd.Target)
	}
}

// left is the time until then in nanoseconds, for C; SEAM_NO_HURRY where there is no end.
func left(until time.Time) C.int64_t {
	if until.IsZero() {
		return C.SEAM_NO_HURRY
	}
	return C.int64_t(time.Until(until))
}

// milliseconds rounds up, so that a short time does not become none.
func milliseconds(d time.Duration) C.int {
	if d <= 0 {
		return 0
	}
	return C.int(min((d-1)/time.Millisecond+1, math.MaxInt32))
}
