package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// These say what they want, where the library's flags of the same names say "parse error".

func (f *flagSet) BoolVar(to *bool, name string, otherwise bool, usage string) {
	read(f, f.BoolFunc, to, name, otherwise, usage, "true or false", strconv.ParseBool)
}

func (f *flagSet) IntVar(to *int, name string, otherwise int, usage string) {
	read(f, f.Func, to, name, otherwise, usage, "a whole number", strconv.Atoi)
}

func (f *flagSet) Uint64Var(to *uint64, name string, otherwise uint64, usage string) {
	read(f, f.Func, to, name, otherwise, usage, "a whole number from 0", func(text string) (uint64, error) {
		return strconv.ParseUint(text, 10, 64)
	})
}

func (f *flagSet) Float64Var(to *float64, name string, otherwise float64, usage string) {
	read(f, f.Func, to, name, otherwise, usage, "a number", func(text string) (float64, error) {
		return strconv.ParseFloat(text, 64)
	})
}

func (f *flagSet) DurationVar(to *time.Duration, name string, otherwise time.Duration, usage string) {
	read(f, f.Func, to, name, otherwise, usage, "a span with its unit, as 30s or 5m", time.ParseDuration)
}

// serialVar defines a flag with a controller's serial number.
func (f *flagSet) serialVar(to *uint64, name string, otherwise uint64, usage string) {
	read(f, f.Func, to, name, otherwise, usage, "a serial number, from 1 to 9223372036854775807", parseSerial)
}

// read defines a flag whose text is read by parse.
func read[T comparable](f *flagSet, define func(name, usage string, set func(string) error),
	to *T, name string, otherwise T, usage, want string, parse func(string) (T, error)) {
	*to = otherwise
	define(name, usage, func(text string) error {
		value, err := parse(text)
		if err != nil {
			return errors.New("want " + want)
		}
		*to = value
		return nil
	})
	if none := *new(T); otherwise != none {
		f.Lookup(name).DefValue = fmt.Sprint(otherwise) // for the help
	}
}
