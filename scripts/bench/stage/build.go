package stage

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Programs is the folder with what was built, by name.
type Programs string

// Path is where a program lies.
func (p Programs) Path(name string) string { return filepath.Join(string(p), name) }

// Build builds the driver, its variants with the library for benchmarks, mercury-sim and the benchmark's own programs into
// dir, from the module in the working directory.
func Build(ctx context.Context, dir string) (Programs, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	_, err = run(ctx, ".", "go", "build", "-o", dir+"/", "./driver", "./sim/cmd/mercury-sim",
		"./scripts/bench/counter", "./scripts/bench/bare")
	if err != nil {
		return "", err
	}
	programs := Programs(dir)
	return programs, programs.buildLinked(ctx)
}

// run runs a program of the system's in a folder, and returns what it printed.
func run(ctx context.Context, folder, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = folder
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
