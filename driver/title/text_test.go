package title

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	const head = "mercury-driver v4.6.1.212 port: 5002 sequences: 7 controllers:"
	tests := []struct {
		name    string
		serials []uint64
		want    string
	}{
		{"no controllers", nil, head},
		{"one", []uint64{61364}, head + " 61364"},
		{"two", []uint64{61364, 70001}, head + " 61364, 70001"},
		{"out of order, by number and not by letter", []uint64{70001, 1<<63 - 1, 9}, head + " 9, 70001, 9223372036854775807"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			given := slices.Clone(test.serials)
			if got := Text("v4.6.1.212", 5002, 7, given); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if !slices.Equal(given, test.serials) {
				t.Error("the caller's serials were moved")
			}
		})
	}
}

func TestTextIsCutAtMax(t *testing.T) {
	// A version so long that n six-digit serials, 8n-1 bytes, fill the title to the last byte.
	head := len(Text("", 5001, 0, nil))
	version := strings.Repeat("v", (Max+1-head)%8)
	n := (Max + 1 - head) / 8
	tests := []struct {
		name    string
		serials int
		left    int
	}{
		{"all fit to the last byte", n, 0},
		{"one too many", n + 1, 3}, // the suffix takes the room of two
		{"very many", 100_000, 100_000 - n + 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Text(version, 5001, 0, ascending(test.serials))
			if len(got) > Max || len(got) < Max-suffixRoom {
				t.Errorf("%d bytes, want nearly %d", len(got), Max)
			}
			shown := 100_000 + uint64(test.serials-test.left) - 1
			want := fmt.Sprintf(", %d", shown)
			if test.left > 0 {
				want += fmt.Sprintf(" ... +%d", test.left)
			}
			if !strings.HasSuffix(got, want) {
				t.Errorf("ends in %q, want %q", got[len(got)-40:], want)
			}
		})
	}
}

// ascending returns n serials of six digits.
func ascending(n int) []uint64 {
	serials := make([]uint64, n)
	for i := range serials {
		serials[i] = 100_000 + uint64(i)
	}
	return serials
}

func BenchmarkText(b *testing.B) {
	serials := ascending(10_000)
	for b.Loop() {
		Text("v4.6.1.212", 5002, 7, serials)
	}
}
