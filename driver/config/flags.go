package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// Flags is the command line.
type Flags struct {
	// Port is -port's number, checked; empty when it was not given.
	Port string
	// One of these asks for something else than to run.
	Version, CheckConfig, Help bool
}

// ParseFlags reads the arguments behind the program's name. A failure is a *UsageError.
func ParseFlags(args []string) (Flags, error) {
	var flags Flags
	set := flags.set()
	err := set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return Flags{Help: true}, nil
	case err != nil:
		return Flags{}, usageError(err.Error())
	case set.NArg() > 0:
		return Flags{}, usageError(fmt.Sprintf("argument %q is not understood", set.Arg(0)))
	}
	return flags, nil
}

// behindScheme is what may hold a password: a setting that was taken for an argument, say.
var behindScheme = regexp.MustCompile(`://[^"]*`)

func usageError(text string) error {
	return &UsageError{behindScheme.ReplaceAllLiteralString(text, "://***")}
}

// set is the flag set that fills f.
func (f *Flags) set() *flag.FlagSet {
	set := flag.NewFlagSet("mercury-driver", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.Func("port", "TCP port `N`, 1 to 65535, that controllers dial in to; wins over PORT", func(value string) error {
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 65535 {
			return errors.New("want a whole number from 1 to 65535")
		}
		f.Port = value
		return nil
	})
	set.BoolFunc("h", "print this, and end", yes(&f.Help))
	set.BoolFunc("version", "print version, commit and the library linked, and end", yes(&f.Version))
	set.BoolFunc("check-config", "check the configuration and the spool's file, print what is wrong, and end", yes(&f.CheckConfig))
	return set
}

// yes reads the value of a flag that mostly has none.
func yes(to *bool) func(string) error {
	return func(value string) (err error) {
		if *to, err = strconv.ParseBool(value); err != nil {
			return errors.New("want true or false")
		}
		return nil
	}
}
