package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The programs under test, built once.
var driverProgram, simProgram string

// seed is where everything random comes from.
var seed uint64

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mercury-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	fmt.Printf("seed: %d (E2E_SEED=%[1]d repeats it)\n", seed)
	code := m.Run()
	seen.print()
	if left := leftovers(dir); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "e2e: processes were left behind: %s\n", strings.Join(left, ", "))
		return 1
	}
	return code
}

func prepare(dir string) error {
	for _, program := range []string{"redis-server", "haproxy"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed; make test installs it", program)
		}
	}
	seed = rand.Uint64()
	if text := os.Getenv("E2E_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			return fmt.Errorf("E2E_SEED: %w", err)
		}
	}
	driverProgram, simProgram = filepath.Join(dir, "mercury-driver"), filepath.Join(dir, "mercury-sim")
	for program, source := range map[string]string{driverProgram: "driver", simProgram: "sim/cmd/mercury-sim"} {
		build := exec.Command("go", "build", "-race="+raceDetector, "-o", program, "mercury-driver/"+source)
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	return nil
}

// leftovers are the processes that run a program of ours, or are our children, with their ids.
func leftovers(dir string) (left []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		program, err := os.Readlink(filepath.Join(process, "exe"))
		if err != nil {
			continue // ended, or somebody else's
		}
		status, _ := os.ReadFile(filepath.Join(process, "status"))
		child := strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", os.Getpid()))
		if child || strings.HasPrefix(program, dir) {
			left = append(left, filepath.Base(process)+" "+program)
		}
	}
	return left
}
