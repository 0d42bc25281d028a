package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// All of the demo has stopped within 5 s: what does not stop by itself in this time is killed.
	stopWithin = 4 * time.Second
	// A part that is not ready by then never will be.
	readyWithin = 20 * time.Second
	redisWithin = 5 * time.Second
)

func demoCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("demo", "(it takes no flags; REDIS_URL, when set, is used instead of an embedded Redis; with REDIS_TLS=off where it is redis:// and elsewhere)", stdout, stderr)
	if status, done := f.parseAll(args); done {
		return status
	}
	dir := demoDir()
	leave, err := enterDir(dir)
	switch {
	case errors.Is(err, errOccupied):
		f.failed(err)
		return exitTaken
	case err != nil:
		return f.failed(err)
	}
	defer leave()
	self, err := os.Executable()
	if err != nil {
		return f.failed(fmt.Errorf("find this program's own file: %w", err))
	}
	redisURL := os.Getenv("REDIS_URL")
	cast, err := newCast(filepath.Dir(self), dir, redisURL, demoPlaces)
	if err != nil {
		return f.failed(err)
	}
	if redisURL != "" {
		if err := checkRedis(ctx, redisURL); err != nil && ctx.Err() == nil {
			return f.failed(err)
		}
	}
	if taken := takenAddresses(cast); len(taken) > 0 {
		fmt.Fprintf(stderr, "%s: taken by another process: %s; stop it first\n", f.Name(), strings.Join(taken, ", "))
		return exitTaken
	}
	return f.present(ctx, newStage(stdout), cast, nextThings(self)...)
}

// present is a performance and its end. Why it ended early is said again in the last line, below all that
// the other parts say while they are stopped.
func (f *flagSet) present(ctx context.Context, s *stage, cast []part, next ...string) int {
	err := s.perform(ctx, cast, next...)
	s.stop(stopWithin)
	if err != nil {
		return f.failed(err)
	}
	return exitOK
}

// demoFault makes half of the demo's panels fall silent for a while.
const demoFault = "fault start half-open -share 50% -for 20s"

// nextThings are what to type now, in another terminal: the program as it is reached from here.
func nextThings(self string) []string {
	program := self
	if here, err := os.Getwd(); err == nil {
		if near, err := filepath.Rel(here, self); err == nil && !strings.HasPrefix(near, "..") {
			program = near
		}
	}
	return []string{
		fmt.Sprintf("all is running; in another terminal type: %s send %d unlock -door 1", program, demoSerial),
		fmt.Sprintf("and to see what a driver makes of trouble: %s %s", program, demoFault),
	}
}

// perform plays the cast, says what comes next, and goes on until a part ends, which is an error, or until
// the context ends, which it may at any time, as it does when nothing can be shown any more.
func (s *stage) perform(ctx context.Context, cast []part, next ...string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.shown.failed = cancel
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // or it would end us before all is put away
	err := s.play(ctx, cast)
	if err == nil {
		for _, thing := range next {
			s.say(thing)
		}
		select {
		case <-ctx.Done():
		case c := <-s.ended:
			err = c.obituary()
		}
	}
	if ctx.Err() != nil {
		s.say("stopping")
		return nil
	}
	if err != nil {
		s.say(err.Error() + "; stopping")
	}
	return err
}

// play starts the parts one after the other, each when the one before it is ready.
func (s *stage) play(ctx context.Context, cast []part) error {
	for _, p := range cast {
		c, err := s.start(p)
		if err != nil {
			return err
		}
		if err := c.await(ctx, p.ready); err != nil {
			return err
		}
		s.voice(p.name, p.colour).relay("ready")
	}
	return nil
}

// await asks until the child is ready.
func (c *child) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	var missing error
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			missing = err
		}
		select {
		case <-again.C:
		case <-c.done:
			return c.obituary()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v: %w", c.name, readyWithin, missing)
		}
	}
}

// takenAddresses are those that the parts could not listen on.
func takenAddresses(cast []part) (taken []string) {
	for _, p := range cast {
		for _, addr := range p.listens {
			lis, err := net.Listen("tcp", addr)
			if errors.Is(err, syscall.EADDRINUSE) {
				taken = append(taken, fmt.Sprintf("%s (%s)", addr, p.name))
			}
			if err == nil {
				lis.Close()
			}
		}
	}
	return taken
}
