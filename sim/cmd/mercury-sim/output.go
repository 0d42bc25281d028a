package main

import (
	"io"
	"sync/atomic"
)

// output is standard output, and knows whether all of it could be written, which no subcommand needs to ask then. Any
// goroutine may write.
type output struct {
	to    io.Writer
	fault atomic.Pointer[error] // the first one; nil: none
	// failed is called with the first fault; nil: nobody asks. It is set before anybody writes.
	failed func()
}

func (o *output) Write(text []byte) (int, error) {
	n, err := o.to.Write(text)
	if err != nil && o.fault.CompareAndSwap(nil, &err) && o.failed != nil {
		o.failed()
	}
	return n, err
}
