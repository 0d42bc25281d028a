package main

import (
	"errors"
	"io"

	"mercury-driver/sim/fleet/control"
)

// controlFlags are the flags of a subcommand that asks a running fleet.
type controlFlags struct {
	*flagSet
	fleet control.Client
}

// defaultControl is where the demo's fleet is asked.
const defaultControl = "127.0.0.1:7002"

func newControlFlags(name, synopsis string, stdout, stderr io.Writer) *controlFlags {
	f := &controlFlags{flagSet: newFlagSet(name, synopsis, stdout, stderr)}
	f.fleet.Address = defaultControl
	f.Func("control", "`address` that the fleet's -control says (default "+defaultControl+")", func(addr string) error {
		f.fleet.Address = addr
		if !isAddress(addr) {
			return errors.New("want host:port")
		}
		return nil
	})
	return f
}

func (f *controlFlags) jsonFlag() *bool {
	asJSON := new(bool)
	f.BoolVar(asJSON, "json", false, "print one JSON object a line")
	return asJSON
}
