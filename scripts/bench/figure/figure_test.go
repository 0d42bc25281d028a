package figure

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Only a ratio that is out of its budget, or that was not measured, is a reason to fail: an absolute figure is the
// machine's as much as ours. What a row says in the table says it in JSON too.
func TestVerdicts(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		what        string
		budget      Budget
		ours, limit []float64
		fails       bool
		verdict     string
		shown       []string // in the table's line
	}{
		{"enough", AtLeast(0.8), []float64{8, 9, 7}, []float64{10, 10, 10}, false, "ok", []string{"8.00", "25 %", "10.0", "0.80", "≥ 0.8 x"}},
		{"too little", AtLeast(0.8), []float64{7}, []float64{10}, true, "NOT OK", []string{"0.70"}},
		{"not too much", AtMost(1.5), []float64{3}, []float64{2}, false, "ok", []string{"1.50", "≤ 1.5 x"}},
		{"too much", AtMost(1.5), []float64{4, 4}, []float64{2, 2}, true, "NOT OK", []string{"2.00"}},
		{"a ratio of nothing", AtLeast(0.8), nil, nil, true, "NOT OK", []string{"-"}},
		{"a ratio to nothing", AtMost(1.5), []float64{1}, []float64{0}, true, "NOT OK", nil},
		{"the median of the ratios counts", AtLeast(0.8), []float64{1, 9, 9}, []float64{10, 10, 10}, false, "ok", []string{"0.90"}},
		{"a figure of its own", Under(6), []float64{5}, nil, false, "ok", []string{"5.00", "≤ 6.00"}},
		{"too much of its own", Under(6), []float64{7}, nil, false, "NOT OK", nil},
		{"too little of its own", Over(50e3), []float64{49e3}, nil, false, "NOT OK", []string{"≥ 50 k"}},
		{"beside a limit", Compared(), []float64{5}, []float64{inf}, false, "-", nil},
		{"only shown", Budget{}, []float64{5}, nil, false, "-", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			row := &Row{Name: c.what, Unit: "us", Budget: c.budget}
			for i, f := range c.ours {
				p := Pair{Ours: f}
				if c.limit != nil {
					p.Limit = c.limit[i]
				}
				row.Add(p)
			}
			if row.Fails() != c.fails {
				t.Errorf("it fails: %t", row.Fails())
			}
			var table strings.Builder
			if err := Table(&table, []*Row{row}); err != nil {
				t.Fatal(err)
			}
			line := strings.TrimSpace(table.String()[strings.Index(table.String(), "\n"):])
			for _, part := range append(c.shown, c.what+", us") {
				if !strings.Contains(line, part) {
					t.Errorf("%q is not in %q", part, line)
				}
			}
			if !strings.HasSuffix(line, " "+c.verdict) {
				t.Errorf("%q does not end with %q", line, c.verdict)
			}
			compare(t, row, c.verdict)
		})
	}
}

// compare reads a row's JSON.
func compare(t *testing.T, row *Row, verdict string) {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, []*Row{row}, nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	type figures struct {
		Median *float64
		Runs   []*float64
	}
	var rows []struct {
		Name, Budget, Verdict string
		Ours, Limit           figures
		Ratio                 *float64
	}
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v in %s", err, data)
	}
	got := rows[0]
	if got.Name != row.Name || got.Budget != row.Budget.String() || got.Verdict != verdict ||
		len(got.Ours.Runs) != len(row.Ours) || len(got.Limit.Runs) != len(row.Limit) {
		t.Errorf("in JSON it is %s", data)
	}
	for _, c := range []struct {
		got  *float64
		want float64
	}{{got.Ours.Median, Median(row.Ours)}, {got.Limit.Median, Median(row.Limit)}, {got.Ratio, Median(row.Ratios())}} {
		if none := math.IsNaN(c.want) || math.IsInf(c.want, 0); none != (c.got == nil) || !none && *c.got != c.want {
			t.Errorf("want %v in %s", c.want, data)
		}
	}
}

// The short form judges a row by what it usually is, the long one by its budget.
func TestShorten(t *testing.T) {
	row := &Row{Budget: Compared(), Short: AtLeast(0.5)}
	row.Shorten()
	row.Add(Pair{Ours: 4, Limit: 10})
	if !row.Fails() {
		t.Error("0.4 keeps to 0.5")
	}
	usual := &Row{Budget: AtLeast(0.8)}
	usual.Shorten()
	if usual.Budget != AtLeast(0.8) {
		t.Errorf("without a budget for the short form it is %v", usual.Budget)
	}
}
