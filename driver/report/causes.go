package report

import (
	"slices"
	"strings"
	"unicode"
)

// mostCauses is how many causes of one outage are reported.
const mostCauses = 8

// Causes tells what is new of an outage that fails attempt after attempt: each cause is reported once. The zero value
// is ready; one goroutine uses it.
type Causes struct{ told []string }

// News reports whether an attempt's error is to be reported, and counts on its being reported then.
func (c *Causes) News(err error) bool {
	cause := causeOf(err)
	if len(c.told) >= mostCauses || slices.Contains(c.told, cause) {
		return false
	}
	c.told = append(c.told, cause)
	return true
}

// Over ends the outage.
func (c *Causes) Over() { c.told = nil }

// causeOf is an error without what differs from one attempt to the next: ports, times, and, where it is explained, what
// stands in brackets behind that.
func causeOf(err error) string {
	text := err.Error()
	if explained, _, ok := strings.Cut(text, " ("); ok && strings.HasSuffix(text, ")") {
		text = explained
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}
