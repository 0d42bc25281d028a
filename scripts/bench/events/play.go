package events

import (
	"errors"
	"fmt"
	"time"

	"mercury-driver/scripts/bench/counting"
	"mercury-driver/scripts/bench/stage"
)

// source is what the library for benchmarks is told: scripts/bench/library.
type source struct {
	controllers int
	rate        string // transactions a second of all of them
}

const (
	full   = "0"
	silent = "silent"
)

func (s source) settings() []string {
	return []string{fmt.Sprint("BENCH_CONTROLLERS=", s.controllers), "BENCH_RATE=" + s.rate}
}

// flow is what was seen of a steady flow of events.
type flow struct {
	rate    float64 // events a second
	cpu     float64 // of the sending process, microseconds an event
	busy    float64 // that CPU as a part of one core, in percent
	latency counting.Spread
}

// warmUp is not measured where a driver acknowledges a window at a time. Elsewhere stage.Steady is not.
const warmUp = time.Second

// watch measures what a process sends to the counter, for so long.
func watch(s *stage.Stage, counter *stage.Counter, sender *stage.Process, long time.Duration) (flow, error) {
	if err := counter.Reset(); err != nil {
		return flow{}, err
	}
	before, err := look(counter, sender)
	if err != nil {
		return flow{}, err
	}
	if err := s.Pause(long); err != nil {
		return flow{}, err
	}
	after, err := look(counter, sender)
	if err != nil {
		return flow{}, err
	}
	span, events, cpu := after.at.Sub(before.at), float64(after.Events-before.Events), after.cpu-before.cpu
	return flow{
		rate: events / span.Seconds(), cpu: float64(cpu.Nanoseconds()) / 1e3 / events,
		busy: 100 * float64(cpu) / float64(span), latency: after.Latency,
	}, nil
}

// glance is a process and what came of it at one moment.
type glance struct {
	at  time.Time
	cpu time.Duration
	counting.Counts
}

func look(counter *stage.Counter, sender *stage.Process) (g glance, err error) {
	g.at = time.Now()
	if g.cpu, err = sender.CPU(); err != nil {
		return g, err
	}
	g.Counts, err = counter.Counts()
	return g, err
}

// drive runs a driver that is linked with the library for benchmarks, and measures it from so long after all its controllers came
// online.
func drive(s *stage.Stage, program string, from source, after, long time.Duration) (flow, error) {
	counter, err := s.Counter(0)
	if err != nil {
		return flow{}, err
	}
	defer counter.Kill()
	redis, port, err := s.Redis()
	if err != nil {
		return flow{}, err
	}
	defer redis.Kill()
	driver, err := s.Driver(program, counter.Port, port, from.settings()...)
	if err != nil {
		return flow{}, err
	}
	defer driver.Kill()
	if err := s.Online(counter, from.controllers); err != nil {
		return flow{}, errors.Join(err, driver.Running())
	}
	if err := s.Pause(after); err != nil {
		return flow{}, err
	}
	return watch(s, counter, driver.Process, long)
}

// limit runs a limit program, and measures it from its first event on.
func limit(s *stage.Stage, program string, env []string, long time.Duration) (flow, error) {
	counter, err := s.Counter(0)
	if err != nil {
		return flow{}, err
	}
	defer counter.Kill()
	sender, err := s.Start(program, env, program, "-app", stage.Loopback(counter.Port))
	if err != nil {
		return flow{}, err
	}
	defer sender.Kill()
	err = s.Until(startsWithin, 10*time.Millisecond, func() error {
		counts, err := counter.Counts()
		if err == nil && counts.Events == 0 {
			err = errors.Join(errors.New("nothing has come"), sender.Running())
		}
		return err
	})
	if err != nil {
		return flow{}, fmt.Errorf("%s: %w", program, err)
	}
	if err := s.Pause(warmUp); err != nil {
		return flow{}, err
	}
	return watch(s, counter, sender, long)
}

const startsWithin = 15 * time.Second
