package fault

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Word is one thing that can be said of a fault besides its kind.
type Word struct {
	Name  string
	Usage string // with the kind of its value in `quotes`, as package flag has it
	Set   func(s *Spec, value string) error
	show  func(s Spec) string // "": not said
}

// Words are all that can be said.
var Words = []Word{
	{"serial", "only the panels with these `serials`: 61000,61010-61019",
		func(s *Spec, value string) (err error) {
			s.Serials, err = parseSerials(value)
			return err
		},
		func(s Spec) string { return s.Serials.String() }},
	{"share", "only a `share` of the panels, drawn by the seed: 10%",
		func(s *Spec, value string) error { return parseShare(&s.Share, value) },
		func(s Spec) string { return showShare(s.Share) }},
	{"at", "begins after a `span`: 12s",
		func(s *Spec, value string) error { return parseSpan(&s.At, value, 0) },
		func(s Spec) string { return showSpan(s.At) }},
	{"for", "lasts for a `span`; otherwise until it is stopped",
		func(s *Spec, value string) error { return parseSpan(&s.For, value, time.Millisecond) },
		func(s Spec) string { return showSpan(s.For) }},
	{"every", "comes again and again at each panel, at random, such a `span` apart on average",
		func(s *Spec, value string) error { return parseSpan(&s.Every, value, time.Millisecond) },
		func(s Spec) string { return showSpan(s.Every) }},
	{"chance", "hits only a `share` of the commands: 2%",
		func(s *Spec, value string) error { return parseShare(&s.Chance, value) },
		func(s Spec) string { return showShare(s.Chance) }},
	{"by", "by such a `span`, where the kind asks for one",
		func(s *Spec, value string) error { return parseSpan(&s.By, value, -longest) },
		func(s Spec) string { return showSpan(s.By) }},
}

// Parse reads a fault: its kind and what else is said of it, in any order. "10%" alone is "share 10%". The
// error is an *Error.
func Parse(line string) (s Spec, err error) {
	rest := strings.Fields(line)
	for len(rest) > 0 && err == nil {
		word := rest[0]
		rest = rest[1:]
		w, known := findWord(word)
		switch {
		case known && len(rest) == 0:
			return s, wrong(word, "says nothing: %s", strings.ReplaceAll(w.Usage, "`", ""))
		case known:
			err = w.Set(&s, rest[0])
			rest = rest[1:]
		case strings.HasSuffix(word, "%"):
			err = parseShare(&s.Share, word)
		case s.Kind == "":
			s.Kind = word
		default:
			return s, wrong("", "%q says nothing of a fault; there are %s", cut(word), wordNames())
		}
		if err != nil {
			return s, wrong(cut(word), "%v", err)
		}
	}
	return s, s.Check()
}

// String is the line that Parse reads.
func (s Spec) String() string {
	line := s.Kind
	for _, w := range Words {
		if value := w.show(s); value != "" {
			line += " " + w.Name + " " + value
		}
	}
	return line
}

// MarshalText and UnmarshalText are String and Parse.

func (s Spec) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *Spec) UnmarshalText(line []byte) (err error) {
	*s, err = Parse(string(line))
	return err
}

// cut is so much of a wrong word as one needs to find it: the file may be no script at all.
func cut(word string) string {
	const most = 60
	if len(word) > most {
		return word[:most] + "..."
	}
	return word
}

func wordNames() string {
	var list []string
	for _, w := range Words {
		list = append(list, w.Name)
	}
	return strings.Join(list, ", ")
}

func findWord(name string) (Word, bool) {
	for _, w := range Words {
		if w.Name == name {
			return w, true
		}
	}
	return Word{}, false
}

// longest is the longest span that can be said, a year: so that no sum of them is beyond what a time.Duration holds.
const longest = 365 * 24 * time.Hour

func parseSpan(to *time.Duration, text string, least time.Duration) error {
	span, err := time.ParseDuration(text)
	if err != nil || span < least || span > longest {
		return fmt.Errorf("%q is no span like 10s or 500ms, up to 8760h", cut(text))
	}
	*to = span
	return nil
}

func showSpan(span time.Duration) string {
	if span == 0 {
		return ""
	}
	return span.String()
}

func parseShare(to *float64, text string) error {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if !percent || err != nil || !(share > 0 && share <= 100) {
		return fmt.Errorf("%q is no share like 10%%: want more than 0%%, and 100%% at most", cut(text))
	}
	*to = share / 100
	return nil
}

func showShare(share float64) string {
	if share == 0 {
		return ""
	}
	return strconv.FormatFloat(100*share, 'g', 6, 64) + "%"
}
