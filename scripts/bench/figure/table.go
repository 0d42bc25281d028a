package figure

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Table writes the rows as lines, each figure as the median of its runs, and how far these lie apart.
func Table(w io.Writer, rows []*Row) error {
	lines := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(lines, "figure\tours\tspread\tlimit\tspread\tratio\tbudget\t")
	for _, r := range rows {
		fmt.Fprintf(lines, "%s, %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Unit, text(Median(r.Ours)), percent(r.Ours),
			text(Median(r.Limit)), percent(r.Limit), text(Median(r.Ratios())), r.Budget, r.verdict())
	}
	return lines.Flush()
}

func percent(of []float64) string {
	if len(of) < 2 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*Spread(of))
}
