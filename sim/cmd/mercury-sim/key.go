package main

import (
	"context"
	"fmt"
	"io"

	"mercury-driver/sim/app"
)

func keyCommand(_ context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("key", "-out FILE", stdout, stderr)
	out := f.String("out", "", "`file` for the key, which must not exist yet; mercury-sim app -sign-key takes it")
	if status, done := f.parseAll(args); done {
		return status
	}
	if *out == "" {
		return f.fault("-out is missing: it names the file for the key")
	}
	key, err := app.NewSigningKey()
	if err == nil {
		err = key.Write(*out)
	}
	if err != nil {
		return f.failed(err)
	}
	fmt.Fprintln(stdout, key.Line())
	return exitOK
}
