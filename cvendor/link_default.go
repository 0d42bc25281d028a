//go:build !mpl

package cvendor

// #cgo CFLAGS: -Wall
// #include "shim.h"
import "C"

// linked reports whether the functions of the library are in this binary: the simulator exports
// them, when somebody imports it.
func linked() bool { return C.seam_linked() != 0 }

// Identity says what is linked, for people: "simulator", or "no library". Any goroutine, before Open
// too; it does not block.
func Identity() string {
	if !linked() {
		return "no library"
	}
	return "simulator"
}
