// Package cvendor is the only door to the controller library, which is C and somebody else's. It
// exists so that the rest of the program sees Go values in batches, and one error type, whichever
// library is linked: the simulator in the same binary, or with -tags mpl the archive in sdk/.
//
// It refuses a command line that scp_net.h does not allow, a command for an attachment that has
// ended, a command that moves a door on a silent link, a second Library, and every call after Close,
// always with an *scp.Error. It hands out no C pointer and allocates no C memory: the library
// writes into memory of this package, and what a caller gets is a copy.
//
// It starts no goroutine and ties none to a thread. Drain belongs to one thread at a time, all else
// may be called from any. Each method says how long it may block beside the library itself, which
// nothing here can interrupt.
//
//	scp_net.h    include/: what we ask of a library, and the table of commands
//	shim.c       the calls into the library, and its messages made flat
//	attachments  which attachment of a controller lasts, and the lock that orders its posts
//	idle         the pause between two polls of a library that cannot wait
//	sdk          where a maker's header and archive go, and what they offer (scp_features.h)
package cvendor
