//go:build !mpl

// Package libmpl exports the simulated controller library (core) to C, as the functions of
// cvendor/include/scp_net.h over one library for the whole process. A program that imports it is linked to
// the simulator: nothing else refers to it. Built as a C archive (sim/cmd/libmpl) it is a library for C
// programs.
//
// No panic crosses into C: a fault, and a caller's breach of the header's rules about threads, ends the
// process by abort, after a line on stderr that begins with "libmpl:". What a C program gets wrong about
// memory is not noticed. In the environment MERCURY_SIM_FAULT makes a call block or crash (fault.go), and
// MERCURY_SIM_TLS_CERT and its like have the port speak TLS (open.go), and MERCURY_SIM_POLL says how often controllers are
// polled (poll.go).
package libmpl

// #cgo CFLAGS: -Wall
// #include <stdlib.h>
// #include "errortext.h"
// #include "../../cvendor/include/scp_net.h"
import "C"

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"time"
	"unsafe"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/libmpl/core"
)

// library is the process's one: C has no name for another.
var library = core.New(core.Options{Open: open, PollEvery: pollEvery})

//export scpConfigCommand
func scpConfigCommand(command *C.char) C.int {
	defer abortOnPanic("scpConfigCommand")
	meet(post)
	if err := library.Config(C.GoString(command)); err != nil {
		keepErrorText(err.Error())
		return 0
	}
	return 1
}

//export scpGetMessage
func scpGetMessage(channel C.short, reply *C.SCPReply) C.int {
	defer abortOnPanic("scpGetMessage")
	meet(drain)
	var m scp.Message
	if !library.GetMessage(int16(channel), &m) {
		return 0
	}
	reply.channel = channel
	fill(reply, &m)
	return 1
}

//export scpLastTag
func scpLastTag(number C.short) C.int {
	defer abortOnPanic("scpLastTag")
	return C.int(library.LastTag(int16(number)))
}

//export scpWaitMessage
func scpWaitMessage(channel C.short, timeoutMS C.int) C.int {
	defer abortOnPanic("scpWaitMessage")
	meet(wait)
	timeout := time.Duration(min(max(timeoutMS, 0), 1000)) * time.Millisecond
	if library.Wait(int16(channel), timeout) {
		return 1
	}
	return 0
}

//export scpLastHeard
func scpLastHeard(number C.short) C.int {
	defer abortOnPanic("scpLastHeard")
	ago, attached := library.LastHeard(int16(number))
	if !attached {
		return -1
	}
	return C.int(min(ago.Milliseconds(), math.MaxInt32))
}

//export scpVersion
func scpVersion(text *C.char, size C.int) {
	defer abortOnPanic("scpVersion")
	if size > 0 {
		put(unsafe.Slice((*byte)(unsafe.Pointer(text)), size), core.Version)
	}
}

// keepErrorText keeps it for the calling thread's scpErrorText, which is C (errortext.c).
func keepErrorText(text string) {
	var kept [C.ERROR_TEXT]byte
	put(kept[:], text)
	C.libmpl_keep_error_text((*C.char)(unsafe.Pointer(&kept[0])))
}

// abortOnPanic is deferred by every export.
func abortOnPanic(call string) {
	if fault := recover(); fault != nil {
		fmt.Fprintf(os.Stderr, "libmpl: %s: %v\n%s", call, fault, debug.Stack())
		C.abort()
	}
}
