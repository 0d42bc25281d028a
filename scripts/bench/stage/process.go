package stage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a program that runs on a stage.
type Process struct {
	name   string
	cmd    *exec.Cmd
	output string // the file with what it said
	ended  chan struct{}
}

// Start runs a program of the stage's, or of the system's, in a directory of its own, with env and no other settings.
func (s *Stage) Start(name string, env []string, program string, args ...string) (*Process, error) {
	if own := s.Path(program); exists(own) {
		program = own
	}
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	p := &Process{name: name, cmd: exec.Command(program, args...), output: filepath.Join(dir, "output"),
		ended: make(chan struct{})}
	output, err := os.Create(p.output)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, output, output
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "HOME=" + dir}, env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.processes = append(s.processes, p)
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// PID is the kernel's number of it.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends it at once, and waits for that.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Stop asks it to end, and waits for that.
func (p *Process) Stop(within time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(within):
		return fmt.Errorf("%s still runs %v after it was told to end", p.name, within)
	}
}

// Result waits until it has ended by itself, and returns all that it printed.
func (p *Process) Result(within time.Duration) (string, error) {
	select {
	case <-p.ended:
	case <-time.After(within):
		return "", fmt.Errorf("%s still runs after %v", p.name, within)
	}
	if !p.cmd.ProcessState.Success() {
		return "", p.Running()
	}
	return p.Said(), nil
}

// Running fails with the last that the process said when it has ended.
func (p *Process) Running() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s has ended: %v\n%s", p.name, p.cmd.ProcessState, tail(p.Said(), 20))
	default:
		return nil
	}
}

// Said is all that it has printed so far.
func (p *Process) Said() string {
	text, _ := os.ReadFile(p.output) // what can't be read was not said
	return string(text)
}

// Says fails until the process has printed a text.
func (p *Process) Says(text string) error {
	if strings.Contains(p.Said(), text) {
		return nil
	}
	return errors.Join(p.Running(), fmt.Errorf("%s has not said %q", p.name, text))
}

func tail(text string, lines int) []byte {
	all := bytes.SplitAfter([]byte(text), []byte("\n"))
	return bytes.Join(all[max(0, len(all)-lines):], nil)
}

// CPU is how much the process has used so far, all its threads together, ended ones too.
func (p *Process) CPU() (time.Duration, error) {
	const schedule = 2 // of the clocks of a process, the one that counts what its threads ran, clock_getcpuclockid(3)
	var used unix.Timespec
	if err := unix.ClockGettime(^int32(p.PID())<<3|schedule, &used); err != nil {
		return 0, errors.Join(p.Running(), fmt.Errorf("the CPU time of %s: %w", p.name, err))
	}
	return time.Duration(used.Nano()), nil
}

// Anon is the anonymous memory of the process, in KiB: what it holds beside its program and files.
func (p *Process) Anon() (kib float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, errors.Join(p.Running(), err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			return strconv.ParseFloat(strings.Fields(rest)[0], 64)
		}
	}
	return 0, fmt.Errorf("no RssAnon in /proc/%d/status", p.PID())
}
