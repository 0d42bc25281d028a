// Package stage is where one run of a benchmark is played: the programs, the processes that run them, and what the
// kernel says of those. What it starts it ends.
package stage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Programs is the folder with what was built, by name.
type Programs string

// Build builds the driver, its variants with the library for benchmarks, mercury-sim and the benchmark's own programs into
// dir, from the module in the working directory.
func Build(ctx context.Context, dir string) (Programs, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	_, err = run(ctx, ".", "go", "build", "-o", dir+"/", "./driver", "./sim/cmd/mercury-sim",
		"./scripts/bench/counter", "./scripts/bench/bare", "./scripts/bench/hop", "./scripts/bench/talkers",
		"./scripts/bench/listener", "./scripts/bench/inserter", "./scripts/bench/spooler", "./scripts/bench/appender")
	if err != nil {
		return "", err
	}
	p := Programs(dir)
	return p, errors.Join(p.buildLinked(ctx), p.buildUnlocked(ctx))
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

// Path is where a program lies.
func (p Programs) Path(name string) string { return filepath.Join(string(p), name) }

// Stage holds the processes of one run. One goroutine.
type Stage struct {
	Programs
	Context   context.Context
	processes []*Process
	dir       string
}

// New makes an empty stage; End takes it down.
func New(ctx context.Context, programs Programs) (*Stage, error) {
	dir, err := os.MkdirTemp("", "mercury-bench-")
	return &Stage{Programs: programs, Context: ctx, dir: dir}, err
}

// End kills what still runs, the last first, and deletes what it left.
func (s *Stage) End() error {
	for i := len(s.processes) - 1; i >= 0; i-- {
		s.processes[i].Kill()
	}
	return os.RemoveAll(s.dir)
}

// Dir makes an empty directory that goes with the stage.
func (s *Stage) Dir() (string, error) { return os.MkdirTemp(s.dir, "") }

// Until waits for a condition, and looks each interval; the last error says what is not so yet.
func (s *Stage) Until(within, interval time.Duration, condition func() error) error {
	deadline := time.Now().Add(within)
	for {
		err := condition()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not so within %v: %w", within, err)
		}
		select {
		case <-time.After(interval):
		case <-s.Context.Done():
			return errors.Join(context.Cause(s.Context), err)
		}
	}
}

// Pause lets the load run for a while.
func (s *Stage) Pause(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-s.Context.Done():
		return context.Cause(s.Context)
	}
}

// given are the ports that Port has returned.
var given sync.Map

// Port is a TCP port of the loopback that nobody listens on, and another one each time: whoever it is for may not listen yet.
func Port() (int, error) {
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if _, before := given.LoadOrStore(port, true); !before {
			return port, nil
		}
	}
}

// Loopback is host:port.
func Loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
