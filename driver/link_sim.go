//go:build !mpl

package main

// The default build carries the simulated controller library: it exports the C functions that
// package cvendor looks for.
import _ "mercury-driver/sim/libmpl"
