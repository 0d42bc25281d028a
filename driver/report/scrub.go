package report

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// scrubber replaces secrets. It is the last line of defence: they are kept out of errors where those
// are made, but a library may quote an address that it failed to dial.
type scrubber struct{ replacer *strings.Replacer }

func newScrubber(secrets []string) scrubber {
	const least = 4 // bytes
	var found []string
	for _, secret := range secrets {
		if len(secret) >= least {
			found = append(found, secret, url.PathEscape(secret), inJSON(secret))
		}
	}
	// The replacer takes the first that fits, so one secret within another must come later.
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, text := range found {
		pairs = append(pairs, text, "***")
	}
	return scrubber{strings.NewReplacer(pairs...)}
}

// inJSON is how a secret looks within a line of JSON.
func inJSON(secret string) string {
	quoted, _ := json.Marshal(secret) // a string can't fail
	return string(quoted[1 : len(quoted)-1])
}

func (s scrubber) text(text string) string { return s.replacer.Replace(text) }
