//go:build !mpl

// Libmpl is the simulated controller library as a C archive: make libmpl builds out/libmpl.a from it and
// puts scp_net.h beside it. C programs link it with -lpthread. It can't be linked into a Go program, which has a
// Go runtime already: that imports sim/libmpl instead.
package main

import _ "mercury-driver/sim/libmpl"

func main() {}
