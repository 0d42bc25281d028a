package main

import "fmt"

// breach is one place that breaks a rule.
type breach struct {
	where string // file:line, or a folder
	why   string // what is wrong and what to do
}

func (b breach) String() string { return fmt.Sprintf("%s: %s", b.where, b.why) }
