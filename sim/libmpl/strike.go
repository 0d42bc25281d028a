//go:build !mpl

package libmpl

// #include <sysexits.h>
// #include <unistd.h>
// #include "strike.h"
import "C"

import (
	"fmt"
	"os"
	"time"
)

// planned is the fault that the process was asked for; nil: none.
var planned = plan()

// plan ends the process, as one whose configuration is wrong, when it does not understand what it is asked for: whoever
// asks wants a fault.
func plan() *fault {
	f, err := parseFault(os.Getenv(faultVariable), time.Now())
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "libmpl:", err)
		C._exit(C.EX_CONFIG)
	case f != nil:
		fmt.Fprintf(os.Stderr, "libmpl: %s is heeded: %s\n", faultVariable, os.Getenv(faultVariable))
		if f.call == thread {
			C.libmpl_crash_in_a_thread(C.long(f.wait.Milliseconds()))
		}
	}
	return f
}

// meet lets a call fail when it is its turn: then it does not return, or late.
func meet(call string) {
	switch {
	case !planned.strikes(call):
	case planned.crashes:
		C.libmpl_crash()
	default:
		C.libmpl_block(C.long(planned.lasts.Milliseconds()))
	}
}
