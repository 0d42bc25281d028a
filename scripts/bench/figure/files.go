package figure

import (
	"bytes"
	"encoding/json"
	"errors"
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
