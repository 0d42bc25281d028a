// Package title sets the line that ps shows for this process.
//
// Linux shows what lies between two addresses in the process's own memory. The kernel is asked once to
// move these addresses to a region of fixed size (see region.go); where it refuses, the process
// executes itself once more with an argument list that is long enough to write into (see argv.go).
// After that a title is a copy of bytes. The environment is never touched: a title that grows into
// it, as setproctitle's does, would destroy what /proc/PID/environ and os.Environ read.
package title

import (
	"fmt"
	"os"
	"strings"
)

// Title is the memory that ps reads. It is for one goroutine; nil is a title that nobody sees.
type Title struct {
	// area is Max+1 bytes or more and ends in a NUL for ever: a last byte other than NUL makes the
	// kernel read on into the environment.
	area []byte
	used int
}

// move is a variable so that a test can play a kernel that refuses.
var move = moveToRegion

// New prepares the title, which first repeats the command line. Call it first thing in main, before
// the vendor's library is opened and before anything of os.Args is kept: it may execute the program
// anew, with the same process id, arguments and environment, and then does not return. Where neither
// way works it returns nil and the reason, and the process runs as well without.
func New() (*Title, error) {
	t, err := prepare()
	if err != nil {
		return nil, fmt.Errorf("process title: %w", err)
	}
	t.Set(strings.Join(os.Args, " "))
	return t, nil
}

func prepare() (*Title, error) {
	if padded(os.Args) {
		return overwriteArgv()
	}
	t, refused := move()
	if refused == nil {
		return t, nil
	}
	return nil, fmt.Errorf("move it: %w; run again with room for it: %w", refused, execPadded())
}

// Set shows text, without what is beyond Max. A reader at this very moment may see old and new mixed.
func (t *Title) Set(text string) {
	if t == nil {
		return
	}
	used := copy(t.area[:Max], text)
	if used < t.used {
		clear(t.area[used:t.used])
	}
	t.used = used
}
