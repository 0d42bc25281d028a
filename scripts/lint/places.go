package main

import (
	"slices"
	"strings"
)

// checkC keeps C behind the two doors that are there for it.
func checkC(f *file) []breach {
	spec := f.importOf("C")
	if spec == nil || f.folder == "cvendor" || f.folder == simulator {
		return nil
	}
	return []breach{f.breach(spec, `import "C" belongs to cvendor and %s alone: call cvendor instead`, simulator)}
}

// checkThreads keeps the locking of goroutines to OS threads in one package.
func checkThreads(f *file) []breach {
	if f.folder == "driver/thread" {
		return nil
	}
	locks := func(name string) bool { return name == "LockOSThread" || name == "UnlockOSThread" }
	var breaches []breach
	for _, use := range f.mentions("runtime", locks) {
		breaches = append(breaches, f.breach(use, "runtime.%s belongs to driver/thread alone: start the "+
			"goroutine there", use.Sel.Name))
	}
	return breaches
}

// checkExits keeps the end of the process, and the signals that ask for it, in programs. A test binary is
// one too, in its TestMain and what that calls.
func checkExits(f *file) []breach {
	if f.syntax.Name.Name == "main" || f.test() {
		return nil
	}
	ends := func(name string) bool { return name == "Exit" }
	fatal := func(name string) bool { return strings.HasPrefix(name, "Fatal") }
	notify := func(name string) bool { return strings.HasPrefix(name, "Notify") }
	uses := slices.Concat(f.mentions("os", ends), f.mentions("syscall", ends), f.mentions("log", fatal),
		f.mentions("os/signal", notify))
	var breaches []breach
	for _, use := range uses {
		breaches = append(breaches, f.breach(use, "%s belongs to package main: return an error, or take "+
			"a context", use.Sel.Name))
	}
	return breaches
}
