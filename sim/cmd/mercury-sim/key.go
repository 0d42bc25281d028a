package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"mercury-driver/sim/app"
)

func keyCommand(_ context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("key", "-out FILE", stdout, stderr)
	out := f.String("out", "", "`file` of the key, made where there is none yet; mercury-sim app -sign-key takes it")
	if status, done := f.parseAll(args); done {
		return status
	}
	if *out == "" {
		return f.fault("-out is missing: it names the file for the key")
	}
	key, err := app.ReadSigningKey(*out)
	switch {
	case err == nil:
		fmt.Fprintf(stderr, "%s: %s holds a key already, and this is its line\n", f.Name(), *out)
	case errors.Is(err, fs.ErrNotExist):
		key, err = makeKey(*out)
	}
	if err == nil {
		_, err = fmt.Fprintln(stdout, key.Line())
	}
	if err != nil {
		return f.failed(err)
	}
	return exitOK
}

func makeKey(file string) (*app.SigningKey, error) {
	key, err := app.NewSigningKey()
	if err != nil {
		return nil, err
	}
	return key, key.Write(file)
}
