package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"syscall"
)

// flagSet is a subcommand's flags, whose faults are one line and the usage status.
type flagSet struct {
	*flag.FlagSet
	synopsis       string
	stdout, stderr io.Writer
}

func newFlagSet(name, synopsis string, stdout, stderr io.Writer) *flagSet {
	f := &flagSet{flag.NewFlagSet("mercury-sim "+name, flag.ContinueOnError), synopsis, stdout, stderr}
	f.SetOutput(io.Discard)
	return f
}

// parse parses args; done: there is nothing more to do, and status is how it ended.
func (f *flagSet) parse(args []string) (status int, done bool) {
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		f.help(f.stdout)
		return exitOK, true
	case err != nil:
		return f.fault("%v", err), true
	}
	return exitOK, false
}

// parseAll is parse for a subcommand that takes nothing but flags.
func (f *flagSet) parseAll(args []string) (status int, done bool) {
	if status, done := f.parse(args); done {
		return status, true
	}
	if f.NArg() > 0 {
		return f.fault("%q is not expected here", f.Arg(0)), true
	}
	return exitOK, false
}

// isHelp tells whether a word in the place of a name asks for help.
func isHelp(arg string) bool { return slices.Contains([]string{"-h", "-help", "--help"}, arg) }

func (f *flagSet) help(w io.Writer) {
	fmt.Fprintf(w, "usage: %s %s\n", f.Name(), f.synopsis)
	f.SetOutput(w)
	f.PrintDefaults()
}

// fault says what is wrong with the arguments.
func (f *flagSet) fault(format string, args ...any) int {
	fmt.Fprintf(f.stderr, "%s: %s (-h shows the flags)\n", f.Name(), fmt.Sprintf(format, args...))
	return exitUsage
}

// failed says why it could not be done.
func (f *flagSet) failed(err error) int {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	fmt.Fprintf(f.stderr, "%s: %v\n", f.Name(), err)
	return exitFailed
}

// listen opens the TCP port that a flag names; where that fails, status says how to exit.
func (f *flagSet) listen(flag, addr string) (lis net.Listener, status int) {
	if !isAddress(addr) {
		return nil, f.fault("-%s: %q is no address: want host:port", flag, addr)
	}
	lis, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		fmt.Fprintf(f.stderr, "%s: address %s is taken by another process; give another one with -%s\n", f.Name(), addr, flag)
		return nil, exitTaken
	case err != nil:
		return nil, f.failed(fmt.Errorf("listen on %s: %w", addr, err))
	}
	return lis, exitOK
}

// isOpen tells whether others than this machine can dial lis.
func isOpen(lis net.Listener) bool {
	addr, ok := lis.Addr().(*net.TCPAddr)
	return ok && !addr.IP.IsLoopback()
}

// isAddress tells whether addr is host:port with a number for its port; without a host it is any.
func isAddress(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
