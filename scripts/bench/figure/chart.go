package figure

import (
	"fmt"
	"html"
	"io"
)

const (
	lineHeight = 22
	barsAt     = 540 // where ratio 0 is
	unitWide   = 150 // of ratio 1
	barsWide   = 440
)

// Chart draws the rows that have a limit as bars, ours as a part of the limit, with a mark where the budget ends; and below
// them each series as a line.
func Chart(w io.Writer, rows []*Row, series []*Series) error {
	var compared []*Row
	for _, r := range rows {
		if r.Budget.kind() == ratio {
			compared = append(compared, r)
		}
	}
	bars := lineHeight*len(compared) + 50
	height := bars + seriesHeight*len(series)
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1120 %d" font-family="system-ui, sans-serif" font-size="12">
<title>The driver beside the limit, measured in the same run</title>
<rect width="1120" height="%d" fill="#ffffff"/>
<text x="%d" y="20" text-anchor="middle" fill="#57606a">the limit</text>
<path d="M%d 26 V%d" stroke="#8c959f" stroke-dasharray="3 3"/>
`, height, height, barsAt+unitWide, barsAt+unitWide, bars-16)
	for i, r := range compared {
		err = firstOf(err, r.draw(w, 32+i*lineHeight))
	}
	for i, line := range series {
		err = firstOf(err, line.draw(w, bars+i*seriesHeight))
	}
	_, closed := fmt.Fprintln(w, "</svg>")
	return firstOf(err, closed)
}

func (r *Row) draw(w io.Writer, y int) error {
	colour := "#1a7f37"
	if !r.OK() {
		colour = "#cf222e"
	}
	ours, budget := min(r.judged()*unitWide, barsWide), barsAt+min(r.Budget.value*unitWide, barsWide)
	_, err := fmt.Fprintf(w, `<text x="%d" y="%d" text-anchor="end" fill="#1f2328">%s</text>
<rect x="%d" y="%d" width="%.1f" height="14" fill="%s"/><path d="M%.1f %d v18" stroke="#1f2328" stroke-width="2"/>
<text x="%.1f" y="%d" fill="#1f2328">%s x (%s)</text>
`, barsAt-8, y+11, html.EscapeString(r.Name), barsAt, y, ours, colour, budget, y-2,
		max(barsAt+ours, budget)+8, y+11, text(r.judged()), html.EscapeString(r.Budget.String()))
	return err
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
