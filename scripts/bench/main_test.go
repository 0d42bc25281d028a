package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mercury-driver/scripts/bench/figure"
)

func TestArguments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o     options
		rest  []string
		fault string // empty: none
	}{
		{options{runs: 1, dir: t.TempDir()}, nil, ""},
		{options{runs: 1, dir: t.TempDir()}, []string{"lone"}, `"lone" is not understood`},
		{options{runs: 0, dir: t.TempDir()}, nil, "-runs 0: want 1 at least"},
		{options{runs: 1}, nil, "-out names no folder"},
		{options{runs: 1, dir: file}, nil, "-out: "},
	} {
		if err := c.o.check(c.rest); (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%+v %v: %v", c.o, c.rest, err)
		}
	}
}

func TestNoneChosen(t *testing.T) {
	_, err := options{only: "nonsense"}.choose()
	if err == nil || !strings.Contains(err.Error(), "none of events-full, ") {
		t.Errorf("got %v", err)
	}
}

// A ratio that is far better than its budget would fall by half and more before the budget found it, so that the short
// form has one for each.
func TestTheShortFormFindsWhatIsWorseByHalf(t *testing.T) {
	for _, b := range all() {
		for _, r := range b.Rows {
			if b.Brief && strings.HasSuffix(r.Budget.String(), " x") && r.Short == (figure.Budget{}) {
				t.Errorf("%s: the row %q has no budget for the short form", b.Name, r.Name)
			}
		}
	}
}
