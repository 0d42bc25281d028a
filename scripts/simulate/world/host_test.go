package world

import (
	"testing"
	"time"
)

func TestStood(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		stops []stop
		want  time.Duration // of what is between the 10th and the 20th second
	}{
		"none":                         {nil, 0},
		"one":                          {[]stop{{12 * s, 14 * s}}, 2 * s},
		"before and behind":            {[]stop{{1 * s, 9 * s}, {21 * s, 22 * s}}, 0},
		"from before until behind":     {[]stop{{9 * s, 21 * s}}, 10 * s},
		"two":                          {[]stop{{11 * s, 12 * s}, {13 * s, 15 * s}}, 3 * s},
		"one in the other":             {[]stop{{11 * s, 18 * s}, {13 * s, 15 * s}}, 7 * s},
		"one begins within the other":  {[]stop{{11 * s, 14 * s}, {13 * s, 16 * s}}, 5 * s},
		"the second within the others": {[]stop{{11 * s, 14 * s}, {12 * s, 13 * s}, {13 * s, 16 * s}}, 5 * s},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{stops: c.stops}
			if got := h.stood(10*s, 20*s); got != c.want {
				t.Errorf("stood %v, want %v", got, c.want)
			}
		})
	}
}
