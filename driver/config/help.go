package config

import (
	"fmt"
	"strings"
)

// Help is what -h prints: every flag, and every variable with its default, meaning and unit.
func Help() string {
	var text strings.Builder
	text.WriteString("mercury-driver serves access-control panels on one TCP port.\n\nFlags:\n")
	set := new(Flags).set()
	set.SetOutput(&text)
	set.PrintDefaults()
	text.WriteString("\nEnvironment, also read from ./.env, over which the real environment wins:\n")
	for _, s := range settings {
		fmt.Fprintf(&text, "  %s (%s)\n    \t%s\n    \t%s\n", s.key, s.standing(), s.meaning, s.want)
	}
	return text.String()
}

// standing says whether a setting is needed, and what it is otherwise.
func (s setting) standing() string {
	switch {
	case s.need == filled:
		return "needed"
	case s.need == stated:
		return "needed; empty: " + s.whenEmpty
	case s.fallback == "":
		return "default: " + s.whenEmpty
	}
	return "default: " + s.fallback
}
