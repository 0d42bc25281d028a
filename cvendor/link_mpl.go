//go:build mpl

package cvendor

/*
#cgo CFLAGS: -DSEAM_MPL
#cgo LDFLAGS: ${SRCDIR}/sdk/libmpl.a -lm -lpthread -ldl
#include "shim.h"
*/
import "C"

import (
	"embed"
	"strings"
)

// go build does not look into subfolders, and would go on using what it compiled and linked
// before; it does look at embedded files. Nothing refers to these, so the linker leaves them out.
//
//go:embed sdk
var _ embed.FS

// archiveSHA256 is the hash of sdk/libmpl.a in hex. The Makefile sets it (-ldflags -X).
var archiveSHA256 string

func linked() bool { return true }

// Identity says what is linked, for people: "mpl", the library's own version if it tells one, and the
// first digits of the archive's hash: "mpl 1.2 sha256:0123456789ab". Any goroutine, before Open too;
// it blocks for as long as another call is in the library.
func Identity() string {
	words := []string{"mpl"}
	if version := version(); version != "" {
		words = append(words, version)
	}
	if len(archiveSHA256) < 12 {
		return strings.Join(words, " ") + " (hash of libmpl.a unknown: build with make)"
	}
	return strings.Join(append(words, "sha256:"+archiveSHA256[:12]), " ")
}

func version() string {
	var text [64]C.char
	C.seam_version(&text[0], C.int(len(text)))
	return goText(text[:])
}
