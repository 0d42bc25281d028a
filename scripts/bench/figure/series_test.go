package figure

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// svg is what is looked at of a chart.
type svg struct {
	Lines []struct {
		Points string `xml:"points,attr"`
	} `xml:"polyline"`
	Texts []string `xml:"text"`
}

// The points of a series stand side by side, as high as their medians: nothing at 0, the greatest above all.
func TestASeriesIsALine(t *testing.T) {
	point := func(size int, figures ...float64) Point {
		return Point{size, &Row{Unit: "us", Ours: figures}}
	}
	flat := &Series{Name: "cost & size", Points: []Point{point(10, 1, 9, 2), point(100, 0), point(9000, 4)}}
	var text strings.Builder
	if err := Chart(&text, nil, []*Series{flat}); err != nil {
		t.Fatal(err)
	}
	var drawn svg
	if err := xml.Unmarshal([]byte(text.String()), &drawn); err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	want := fmt.Sprintf("%d,120.0 %d,160.0 %d,80.0", barsAt, barsAt+pointsApart, barsAt+2*pointsApart)
	if len(drawn.Lines) != 1 || drawn.Lines[0].Points != want {
		t.Errorf("drawn as %v, want the heights 40, 0 and 80", drawn.Lines)
	}
	all := strings.Join(drawn.Texts, "|")
	for _, wanted := range []string{"cost & size", "2.00 us", "4.00 us", "9000"} {
		if !strings.Contains(all, wanted) {
			t.Errorf("the chart says %q, not %q", all, wanted)
		}
	}
}
