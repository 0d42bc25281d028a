package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a program that a test started. The test's end kills it, and fails when the race detector found
// something in it.
type process struct {
	t      *testing.T
	name   string
	cmd    *exec.Cmd
	output string // the file with what it said on stdout and stderr
	ended  chan struct{}
	err    error // of Wait; set when ended is closed
}

// start runs a program in an empty directory of its own, with env and no other settings of ours.
func start(t *testing.T, name string, env []string, program string, args ...string) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{t: t, name: name, cmd: exec.Command(program, args...),
		output: filepath.Join(dir, "output"), ended: make(chan struct{})}
	output, err := os.Create(p.output)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, output, output
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.finish)
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("signal %v to %s: %v", s, p.name, err)
	}
}

// kill is kill -9; it returns when the process is gone.
func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// exit waits for the process to end by itself, and returns its exit code.
func (p *process) exit(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		p.t.Fatalf("%s still runs after %v", p.name, within)
		return 0
	}
}

// stop asks the process to end, which must work within a time and with exit code 0.
func (p *process) stop(within time.Duration) {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if code := p.exit(within); code != 0 {
		p.t.Fatalf("%s ended with %d (%v)", p.name, code, p.err)
	}
}

// running fails when the process has ended.
func (p *process) running() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s has ended: %v", p.name, p.err)
	default:
		return nil
	}
}

// said is all that it has printed so far.
func (p *process) said() string {
	text, err := os.ReadFile(p.output)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// says fails until the process has printed a text.
func (p *process) says(text string) error {
	if strings.Contains(p.said(), text) {
		return nil
	}
	return errors.Join(fmt.Errorf("%s did not say %q", p.name, text), p.running())
}

// finish ends the process and looks at what it said.
func (p *process) finish() {
	p.cmd.Process.Kill()
	<-p.ended
	said := p.said()
	if strings.Contains(said, "DATA RACE") {
		p.t.Errorf("the race detector found something in %s:\n%s", p.name, said)
	} else if p.t.Failed() {
		p.t.Logf("the last of %s (%v):\n%s", p.name, p.err, tail(said, 40))
	}
}

func tail(text string, lines int) []byte {
	all := bytes.SplitAfter([]byte(text), []byte("\n"))
	return bytes.Join(all[max(0, len(all)-lines):], nil)
}
