package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeModule writes a module whose driver imports the simulated library in one file, which starts with the
// given line.
func writeModule(t *testing.T, first string) string {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":               "module mercury-driver\n\ngo 1.26\n",
		"driver/main.go":       "package main\n\nfunc main() {}\n",
		"driver/link_sim.go":   first + "\n\npackage main\n\nimport _ \"mercury-driver/sim/libmpl\"\n",
		"sim/libmpl/libmpl.go": "package libmpl\n\nimport _ \"mercury-driver/sim/link\"\n",
		"sim/link/link.go":     "package link\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestSimulatorStaysOut(t *testing.T) {
	found, err := check(writeModule(t, "//go:build !mpl"))
	if err != nil || len(found) > 0 {
		t.Errorf("finds %v, %v, where nothing is wrong", found, err)
	}
}

func TestSimulatorLinked(t *testing.T) {
	found, err := check(writeModule(t, "// linked always"))
	if err != nil || len(found) != 2 {
		t.Fatalf("finds %v, %v, want sim/link and sim/libmpl", found, err)
	}
	for i, folder := range []string{"sim/link", "sim/libmpl"} {
		expect(t, found[i:i+1], "driver", folder+" is linked with -tags mpl")
	}
}

// What was found is not lost when the go command can't say more.
func TestUnlistable(t *testing.T) {
	root := writeModule(t, "//go:build !mpl")
	if err := os.MkdirAll(filepath.Join(root, "pkg"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	found, err := check(root)
	if err == nil || !strings.Contains(err.Error(), "./driver") {
		t.Errorf("the error is %v, want what was attempted", err)
	}
	expect(t, found, "pkg", "no other folder stands at the top")
}
