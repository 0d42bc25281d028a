package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// doubts are what a file says that is good and yet probably not meant, in the order of its lines, and last
// those with a $.
func (d dotenv) doubts() (doubts []Fault) {
	firstLine := func(a, b string) int { return cmp.Compare(d.lines[a][0], d.lines[b][0]) }
	for _, key := range slices.SortedFunc(maps.Keys(d.lines), firstLine) {
		lines := numbered(d.lines[key])
		switch {
		case !isSetting(key):
			doubts = append(doubts, Fault{dotenvFile, unknown(key, lines)})
		case len(d.lines[key]) > 1:
			doubts = append(doubts, Fault{key, "is set in " + lines + " of " + dotenvFile + "; the last one counts"})
		}
	}
	if d.expanded != nil {
		doubts = append(doubts, Fault{dotenvFile, "a $ in " + numbered(d.expanded) + " stands for a variable and is replaced; " +
			"want the value in single quotes, if the $ belongs to it"})
	}
	return doubts
}

// inVain are settings without the one that they need to have an effect. A default that is written down, as in
// .env.example, need not have any.
func inVain(env lookup) (doubts []Fault) {
	for _, s := range settings {
		value, _ := env(s.key)
		if s.with == "" || value == "" || value == s.fallback {
			continue
		}
		if other, _ := env(s.with); other == "" {
			doubts = append(doubts, Fault{s.key, "has no effect without " + s.with})
		}
	}
	return doubts
}

func isSetting(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
}

// conventional is how keys are written. What is not may be the rest of a secret that was broken into lines.
var conventional = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

func unknown(key, lines string) string {
	near := nearest(key)
	switch {
	case near != "":
		return key + " in " + lines + " is no setting; perhaps " + near + " is meant"
	case conventional.MatchString(key):
		return key + " in " + lines + " is no setting"
	}
	return "the key in " + lines + " is no setting"
}

// nearest is the setting that key was probably meant for: the one from which fewest letters must be changed, though
// no more than a third of them. Empty: none is near.
func nearest(key string) (near string) {
	fewest := max(2, len(key)/3) + 1
	for _, s := range settings {
		if n := distance(strings.ToUpper(key), s.key); n < fewest {
			near, fewest = s.key, n
		}
	}
	return near
}

// distance is the least number of bytes to insert, delete or replace that makes b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from the part of a that is read to each part of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
