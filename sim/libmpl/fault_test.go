//go:build !mpl

package libmpl

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultsThatCanBeAskedFor(t *testing.T) {
	type asked struct {
		call    string
		crashes bool
		calls   uint64
		wait    time.Duration
		lasts   time.Duration
	}
	for text, want := range map[string]asked{
		"post blocks":                 {post, false, 0, 0, 0},
		"drain crashes after 5s":      {drain, true, 0, 5 * time.Second, 0},
		"post blocks for 4s":          {post, false, 0, 0, 4 * time.Second},
		"post blocks for 4s after 2s": {post, false, 0, 2 * time.Second, 4 * time.Second},
		"wait blocks after 20":        {wait, false, 20, 0, 0},
		" thread  crashes ":           {thread, true, 0, 0, 0},
		"thread crashes after 1s":     {thread, true, 0, time.Second, 0},
	} {
		f, err := parseFault(text, time.Time{})
		if err != nil || (asked{f.call, f.crashes, f.calls, f.wait, f.lasts}) != want {
			t.Errorf("%q: %+v, %v", text, f, err)
		}
	}
	if f, err := parseFault("", time.Time{}); f != nil || err != nil || f.strikes(post) {
		t.Errorf("nothing is asked for: %+v, %v", f, err)
	}
	for _, text := range []string{"rust", "post", "post rusts", "open blocks", "post blocks 5", "post blocks after", "post blocks after noon",
		"post blocks after -1s", "post blocks before 5", "post blocks for ever", "post crashes for 4s", "post blocks after 2s for 4s", "post blocks after 5 6", "thread blocks", "thread crashes after 20"} {
		if f, err := parseFault(text, time.Time{}); err == nil || !strings.HasPrefix(err.Error(), faultVariable) {
			t.Errorf("%q: %+v, %v", text, f, err)
		}
	}
}

func TestAFaultStrikesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]int{"post blocks": 0, "post blocks after 3": 3, "post crashes after 4s": 4, "drain blocks": -1} {
			f, err := parseFault(text, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			struck := -1
			for second := range 10 {
				if f.strikes(post) {
					if struck >= 0 {
						t.Errorf("%s: again", text)
					}
					struck = second
				}
				time.Sleep(time.Second)
			}
			if struck != want {
				t.Errorf("%s: call %d, want %d", text, struck, want)
			}
		}
	})
}
