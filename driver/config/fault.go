package config

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong: the key (or .env itself) and what would be right.
type Fault struct{ Key, Text string }

func (f Fault) String() string { return f.Key + ": " + f.Text }

// Faults is everything that is wrong with a configuration.
type Faults []Fault

// Error has a line for each fault.
func (f Faults) Error() string {
	var text strings.Builder
	text.WriteString("the configuration can't be used:")
	for _, fault := range f {
		fmt.Fprintf(&text, "\n  %v", fault)
	}
	return text.String()
}

// ExitCode is 78, EX_CONFIG.
func (Faults) ExitCode() int { return 78 }

// has reports whether there is a fault of key.
func (f Faults) has(key string) bool {
	return slices.ContainsFunc(f, func(fault Fault) bool { return fault.Key == key })
}

// UsageError is a command line that can't be understood; it names the flag.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text + " (mercury-driver -h shows all flags)" }

// ExitCode is 64, EX_USAGE.
func (*UsageError) ExitCode() int { return 64 }
