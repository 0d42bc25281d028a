// Package thread is the one place that ties goroutines to OS threads, and the place that notices
// when one of those threads does not come back from the vendor's library.
//
// The library keeps state per thread, so whoever calls it owns an OS thread from the first call to
// the last. A thread is never handed back to the Go scheduler: it ends with its goroutine, and what
// the library left on it ends too. Unlocking is therefore not offered.
package thread

import (
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// The main goroutine keeps the main thread to itself. The kernel can't end a process's first thread
// alone, so a goroutine that was locked to it would leave it stuck for ever, and naming it would
// rename the process.
func init() { runtime.LockOSThread() }

// Go starts fn in group as a goroutine that has an OS thread of its own until fn returns; then the
// thread ends. The first 15 bytes of name are the thread's name in ps -L, top -H and gdb.
func Go(group *errgroup.Group, name string, fn func() error) {
	group.Go(func() error {
		runtime.LockOSThread()
		label(name)
		return fn()
	})
}

// label names the calling thread. Where /proc can't be written the thread stays nameless in ps, and
// nothing else is lost.
func label(name string) {
	_ = os.WriteFile("/proc/thread-self/comm", []byte(name), 0)
}
