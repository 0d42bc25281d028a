// Package figure is what a benchmark finds: rows of figures of ours beside those of the limit, judged by their budgets, as
// a table, as JSON and as a chart. It measures nothing itself.
package figure

import (
	"fmt"
	"math"
	"slices"
)

// Row is one line of the table. Its figures come one a run, ours and the limit's of the same run at the same place.
type Row struct {
	Name   string
	Unit   string // of both figures
	Budget Budget
	// Of the short form: a ratio that is about half as good as it usually is, so that one run on a busy machine keeps to
	// it, and what is worse by half does not. The zero Budget leaves Budget as it is.
	Short Budget

	Ours  []float64
	Limit []float64 // none where the budget is a figure of its own
}

// Shorten makes the row one of the short form.
func (r *Row) Shorten() {
	if r.Short != (Budget{}) {
		r.Budget = r.Short
	}
}

// Add enters the figures of one run.
func (r *Row) Add(p Pair) {
	r.Ours = append(r.Ours, p.Ours)
	if r.Budget.kind() != absolute {
		r.Limit = append(r.Limit, p.Limit)
	}
}

// Pair is what one run found: ours and, where the row has one, the limit.
type Pair struct{ Ours, Limit float64 }

// Median is the middle of some figures, or the mean of the two in the middle. NaN of none.
func Median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	n := len(sorted)
	if n == 0 {
		return nan
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Spread is how far apart the figures lie, as a part of their median: 0.1 is 10 %.
func Spread(of []float64) float64 {
	if len(of) == 0 {
		return nan
	}
	return (slices.Max(of) - slices.Min(of)) / math.Abs(Median(of))
}

// Ratios are ours to the limit, run by run.
func (r *Row) Ratios() []float64 {
	ratios := make([]float64, len(r.Limit))
	for i := range r.Limit {
		ratios[i] = r.Ours[i] / r.Limit[i]
	}
	return ratios
}

// judged is the figure that the budget is about.
func (r *Row) judged() float64 {
	if r.Budget.kind() == absolute {
		return Median(r.Ours)
	}
	return Median(r.Ratios())
}

// OK reports whether the row keeps to its budget; a row without one always does.
func (r *Row) OK() bool { return r.Budget.holds(r.judged()) }

// Fails reports whether the row is a reason for the benchmark to fail: only ratios are, as absolute figures are the
// machine's as much as ours.
func (r *Row) Fails() bool { return r.Budget.kind() == ratio && !r.OK() }

func (r *Row) verdict() string {
	switch {
	case r.Budget.bound == none:
		return "-"
	case r.OK():
		return "ok"
	}
	return "NOT OK"
}

// text writes a figure with three digits that count, and large ones in thousands or millions.
func text(f float64) string {
	switch {
	case f != f:
		return "-"
	case f >= 999.5e3:
		return fmt.Sprintf("%.3g M", f/1e6)
	case f >= 9995:
		return fmt.Sprintf("%.3g k", f/1e3)
	case f >= 99.95:
		return fmt.Sprintf("%.0f", f)
	case f >= 9.995:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}
