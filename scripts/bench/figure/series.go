package figure

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Series is one figure of ours as something grows: a line in the chart.
type Series struct {
	Name   string
	Points []Point // from the smallest on
}

// Point is the row that was measured at a size.
type Point struct {
	Size int
	Row  *Row
}

const (
	seriesHeight = 150 // with its title above and the sizes below
	lineHigh     = 80  // of the greatest figure
	pointsApart  = 130
)

// draw puts the medians side by side, however far apart the sizes are, above a line that is 0.
func (s *Series) draw(w io.Writer, y int) error {
	greatest := math.SmallestNonzeroFloat64 // of a series of nothing, too
	for _, p := range s.Points {
		greatest = max(greatest, Median(p.Row.Ours))
	}
	zero := y + 30 + lineHigh
	var line, labels strings.Builder
	for i, p := range s.Points {
		x, figure := barsAt+i*pointsApart, Median(p.Row.Ours)
		at := float64(zero) - figure/greatest*lineHigh
		fmt.Fprintf(&line, " %d,%.1f", x, at)
		fmt.Fprintf(&labels, `<circle cx="%d" cy="%.1f" r="3" fill="#0969da"/><text x="%d" y="%.1f" text-anchor="middle" fill="#1f2328">%s %s</text>
<text x="%d" y="%d" text-anchor="middle" fill="#57606a">%d</text>
`, x, at, x, at-8, text(figure), html.EscapeString(p.Row.Unit), x, zero+16, p.Size)
	}
	_, err := fmt.Fprintf(w, `<text x="%d" y="%d" text-anchor="end" fill="#1f2328">%s</text>
<path d="M%d %d h%d" stroke="#8c959f"/><polyline points="%s" fill="none" stroke="#0969da" stroke-width="2"/>
%s`, barsAt-48, zero-lineHigh/2, html.EscapeString(s.Name), barsAt-30, zero, (len(s.Points)-1)*pointsApart+60,
		strings.TrimSpace(line.String()), labels.String())
	return err
}
