package main

import (
	"strings"
	"testing"

	"mercury-driver/scripts/bench/figure"
)

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
