package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The table in README says what the settings say.
func TestReadmeTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		row := fmt.Sprintf("| `%s` | %s | %s |\n", s.key, strings.TrimPrefix(s.standing(), "default: "), s.meaning)
		if !strings.Contains(string(readme), row) {
			t.Errorf("README has no row %q", row)
		}
	}
}
