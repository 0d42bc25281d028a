//go:build !mpl

package libmpl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// faultVariable asks the library to fail its caller, as the real one may: for tests of what comes then. Nobody
// else reads it, it says on stderr that it is heeded, and there is nothing of it in a program that is linked with a
// maker's library. It names a call, what becomes of it, and from when on:
//
//	post blocks               the first scpConfigCommand never returns
//	post blocks for 4s        the first scpConfigCommand returns, with its command taken, 4 s later
//	drain crashes after 5s    the first scpGetMessage in the process's sixth second ends in a segmentation fault
//	wait blocks after 20      the twenty-first scpWaitMessage never returns
//	thread crashes after 5s   a thread of the library's own has the segmentation fault
const faultVariable = "MERCURY_SIM_FAULT"

// The calls that it may name. thread is none: it comes by itself.
const (
	post   = "post"
	drain  = "drain"
	wait   = "wait"
	thread = "thread"
)

// fault is how one call fails, once. A nil one never does.
type fault struct {
	call    string
	crashes bool          // else it blocks
	lasts   time.Duration // how long it blocks, 0 for ever
	calls   uint64
	wait    time.Duration

	began   time.Time
	counted atomic.Uint64
	struck  atomic.Bool
}

// parseFault reads the variable's value; nil: it is empty.
func parseFault(text string, now time.Time) (*fault, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, nil
	}
	f := &fault{call: words[0], began: now}
	ok := len(words) > 1 && slices.Contains([]string{post, drain, wait, thread}, f.call) && f.parseWhat(words[1]) &&
		f.parseMore(words[2:])
	if !ok || f.crashes && f.lasts > 0 || f.call == thread && (!f.crashes || f.calls > 0) {
		return nil, fmt.Errorf("%s: %q is not post|drain|wait blocks [for SPAN] [after NUMBER|SPAN], nor post|drain|wait crashes "+
			"[after NUMBER|SPAN], nor thread crashes [after SPAN]", faultVariable, text)
	}
	return f, nil
}

func (f *fault) parseWhat(word string) bool {
	f.crashes = word == "crashes"
	return f.crashes || word == "blocks"
}

func (f *fault) parseMore(words []string) bool {
	if len(words) >= 2 && words[0] == "for" {
		var err error
		if f.lasts, err = time.ParseDuration(words[1]); err != nil || f.lasts <= 0 {
			return false
		}
		words = words[2:]
	}
	return len(words) == 0 || len(words) == 2 && words[0] == "after" && f.parseAfter(words[1])
}

// parseAfter reads a number of calls, or a span.
func (f *fault) parseAfter(text string) bool {
	var err error
	if f.calls, err = strconv.ParseUint(text, 10, 32); err != nil {
		f.wait, err = time.ParseDuration(text)
	}
	return err == nil && f.wait >= 0
}

// strikes reports whether this call is the one that fails. Any thread may ask.
func (f *fault) strikes(call string) bool {
	return f != nil && f.call == call && f.counted.Add(1) > f.calls && time.Since(f.began) >= f.wait &&
		f.struck.CompareAndSwap(false, true)
}
