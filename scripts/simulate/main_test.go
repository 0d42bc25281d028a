package main

import (
	"strings"
	"testing"
)

// broken is a trace that panics at the first step.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("the disk is gone") }

// A world that panics fails as any other, and says where.
func TestPanic(t *testing.T) {
	l := live(1, broken{})
	if l.err == nil {
		t.Fatal("no failure")
	}
	for _, want := range []string{"the disk is gone", "main_test.go", "world.New"} {
		if !strings.Contains(l.err.Error(), want) {
			t.Errorf("%q is not in: %v", want, l.err)
		}
	}
}

func TestFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args    []string
		workers int // 0: refused
	}{
		"no seeds":                         {[]string{"-seeds", "0"}, 0},
		"no number":                        {[]string{"-seeds", "many"}, 0},
		"two numbers":                      {[]string{"-seeds", "1", "2"}, 0},
		"a world written down":             {[]string{"-seeds", "3", "-trace"}, 1},
		"nothing, as make sim SEEDS= says": {[]string{"-first", "1", "-seeds", ""}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var r run
			if err := r.parse(c.args); (err != nil) != (c.workers == 0) || r.workers != c.workers {
				t.Errorf("%v: %d workers, error %v", c.args, r.workers, err)
			}
		})
	}
}
