package figure

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
)

// Write puts the rows into dir, as bench.json and, with the series, bench.svg.
func Write(dir string, rows []*Row, series []*Series) error {
	data, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	var chart bytes.Buffer
	return errors.Join(Chart(&chart, rows, series),
		os.WriteFile(filepath.Join(dir, "bench.json"), append(data, '\n'), 0o644),
		os.WriteFile(filepath.Join(dir, "bench.svg"), chart.Bytes(), 0o644))
}

// line is a row in JSON: what the table shows of it, and the figures of each run. What was not measured is null.
type line struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`
	Ours    measured `json:"ours"`
	Limit   measured `json:"limit"`
	Ratio   number   `json:"ratio"`  // the median of the runs' ratios
	Budget  string   `json:"budget"` // empty for none
	Verdict string   `json:"verdict"`
}

type measured struct {
	Median number   `json:"median"`
	Spread number   `json:"spread"` // from the least to the most, as a part of the median
	Runs   []number `json:"runs"`
}

// MarshalJSON implements json.Marshaler.
func (r *Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(line{r.Name, r.Unit, measuredAs(r.Ours), measuredAs(r.Limit),
		number(Median(r.Ratios())), r.Budget.String(), r.verdict()})
}

func measuredAs(of []float64) measured {
	m := measured{Median: number(Median(of)), Spread: number(Spread(of)), Runs: make([]number, 0, len(of))}
	for _, f := range of {
		m.Runs = append(m.Runs, number(f))
	}
	return m
}

// number is null in JSON where it is none.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}
