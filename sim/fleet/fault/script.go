package fault

import (
	"fmt"
	"strings"
)

// ParseScript reads a fault a line; # begins a comment. The error says which line it is about.
func ParseScript(text string) (script []Spec, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		spec, err := Parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		script = append(script, spec)
	}
	return script, nil
}
