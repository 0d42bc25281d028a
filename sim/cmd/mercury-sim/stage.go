package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// stage runs child processes and shows what they say, each line with the name of its child.
// Nothing outlives it: children end with the process, however that ends.
type stage struct {
	out      screen
	shown    *output // where out writes
	children []*child
	ended    chan *child // the first one to end
}

// child is a running process; done is closed when it has ended and all it said was shown.
type child struct {
	name string
	wave int
	cmd  *exec.Cmd
	done chan struct{}
	err  error // as the process ended; read after done
}

func newStage(out io.Writer) *stage {
	shown := &output{to: out}
	return &stage{
		shown: shown,
		out:   screen{out: shown, mu: &sync.Mutex{}, colour: isTerminal(out) && os.Getenv("NO_COLOR") == ""},
		ended: make(chan *child, 1),
	}
}

// say shows a line of the stage's own.
func (s *stage) say(text string) { s.voice("demo", none).relay(text) }

// voice is the screen with the name of who speaks.
func (s *stage) voice(name, colour string) *screen {
	voice := s.out
	voice.prefix = voice.paint(colour, fmt.Sprintf("%-11s │ ", name))
	return &voice
}

// start starts a child in a process group of its own, so that Ctrl-C reaches the stage alone, which
// then stops the children in order. The kernel kills them when the stage is killed.
func (s *stage) start(p part) (*child, error) {
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Env = append(inherited(), p.env...)
	cmd.Dir = os.TempDir() // not where a .env may lie
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	c := &child{name: p.name, wave: p.wave, cmd: cmd, done: make(chan struct{})}
	s.children = append(s.children, c)
	go func() {
		defer close(c.done)
		s.voice(p.name, p.colour).relayAll(said)
		c.err = cmd.Wait()
		select {
		case s.ended <- c:
		default:
		}
	}()
	return c, nil
}

// inherited is what children may know of our environment: settings of a driver among it would
// reach all three.
func inherited() (env []string) {
	for _, key := range []string{"PATH", "HOME", "USER", "TZ", "TMPDIR"} {
		if value, set := os.LookupEnv(key); set {
			env = append(env, key+"="+value)
		}
	}
	return env
}

// stop ends the children wave by wave, kills what has not ended in time, and returns when none is left.
func (s *stage) stop(within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for wave := range stopWaves {
		for _, c := range s.children {
			if c.wave == wave {
				c.cmd.Process.Signal(syscall.SIGTERM)
			}
		}
		for _, c := range s.children {
			if c.wave == wave {
				c.wait(ctx)
			}
		}
	}
}

// wait waits until the child has ended, and kills it when the context ends first.
func (c *child) wait(ctx context.Context) {
	select {
	case <-c.done:
	case <-ctx.Done():
		c.cmd.Process.Kill()
		<-c.done
	}
}

// obituary is how a child ended that was not asked to.
func (c *child) obituary() error {
	<-c.done
	if c.err == nil {
		return fmt.Errorf("%s ended", c.name)
	}
	return fmt.Errorf("%s ended: %w", c.name, c.err)
}
