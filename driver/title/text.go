package title

import (
	"fmt"
	"slices"
	"strconv"
)

// Max is the longest title, in bytes.
const Max = 64 << 10

// suffix is how a title ends that could not name all controllers, with the count of those left out;
// suffixRoom is enough for it with any count that occurs.
const (
	suffix     = " ... +%d"
	suffixRoom = len(" ... +") + 10
)

// Text words a title: mercury-driver v4.6.1.212 port: 5002 sequences: 7 controllers: 61364, 70001.
// Serials may come in any order and are shown ascending; those that do not fit within Max are
// counted at the end: "controllers: 61364, 70001 ... +940".
func Text(version string, port, sequences int, serials []uint64) string {
	if !slices.IsSorted(serials) {
		serials = slices.Sorted(slices.Values(serials))
	}
	text := make([]byte, 0, min(Max, 100+12*len(serials)))
	text = fmt.Appendf(text, "mercury-driver %s port: %d sequences: %d controllers:", version, port, sequences)
	fits, named := len(text), 0 // what can stay when the suffix is needed
	for i, serial := range serials {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendUint(append(text, ' '), serial, 10)
		if len(text) > Max {
			return string(fmt.Appendf(text[:fits], suffix, len(serials)-named))
		}
		if len(text)+suffixRoom <= Max {
			fits, named = len(text), i+1
		}
	}
	return string(text)
}
