package fault

import (
	"fmt"
	"strconv"
	"strings"
)

// Serials is a list of serial numbers, and of ranges of them.
type Serials []span

type span struct{ first, last uint64 }

// parseSerials reads "61000,61010-61019".
func parseSerials(text string) (Serials, error) {
	var list Serials
	for word := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(word, "-")
		if !isRange {
			high = low
		}
		first, err1 := strconv.ParseUint(low, 10, 63)
		last, err2 := strconv.ParseUint(high, 10, 63)
		if err1 != nil || err2 != nil || first == 0 || last < first {
			return nil, fmt.Errorf("%q is no serial number, nor a range of them", cut(word))
		}
		list = append(list, span{first, last})
	}
	return list, nil
}

func (s Serials) String() string {
	var words []string
	for _, r := range s {
		word := strconv.FormatUint(r.first, 10)
		if r.last != r.first {
			word += "-" + strconv.FormatUint(r.last, 10)
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

// has reports whether a serial is in the list; no list has all.
func (s Serials) has(serial uint64) bool {
	for _, r := range s {
		if serial >= r.first && serial <= r.last {
			return true
		}
	}
	return s == nil
}
