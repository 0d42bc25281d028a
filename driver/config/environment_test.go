package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFaultyDotenv(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no equals sign", "PORT=5001\nREDIS URL\nSENTRY_DSN=" + dsnKey + "\n", "line 2"},
		{"no equals sign in the last line", "PORT=5001\nREDIS_URL " + password, "line 2"},
		{"quote without an end", "PORT=5001\n# remark\nREDIS_URL='" + password + "\nWINDOW=1\n", "line 3"},
		{"binary", "\x00\x01\x02", "line 1"},
		{"fault behind a value of two lines", "A=\"x\ny\"\n?=1\n", "line 3"},
		{"too long", strings.Repeat("#\n", 40_000), "longer than 65536 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), ".env")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := environment(file)
			var faults Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a fault with %q", err, test.want)
			}
			scan(t, err.Error())
		})
	}
	if _, err := environment(t.TempDir()); err == nil {
		t.Error("a directory was read as .env")
	}
	if _, err := environment(filepath.Join(t.TempDir(), ".env")); err != nil {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzParseDotenv(f *testing.F) {
	f.Add("PORT=5001\n# remark\nexport REDIS_URL='redis://:x@h:1'\n")
	f.Add("A=\"${B}\\n\"\nB=$A")
	f.Add("A: b\n=c")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			return
		}
		if _, err := parseDotenv(text); err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%q gives %v", text, err)
		}
	})
}
