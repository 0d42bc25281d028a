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
	credit      int    // of the app that it is driven to; 0: the reference app's
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

// warmUp is not measured of few controllers; of thousands stage.Steady is not.
const warmUp = time.Second

// sending is a process that sends events, and the counter that takes them in.
type sending struct {
	counter *stage.Counter
	sender  *stage.Process
	behind  []*stage.Process // that the sender needs
}

func (p sending) kill() {
	p.sender.Kill()
	for _, b := range append(p.behind, p.counter.Process) {
		b.Kill()
	}
}

// watch measures what processes send at the same time, for so long.
func watch(s *stage.Stage, long time.Duration, sendings ...sending) ([]flow, error) {
	var before []glance
	for _, p := range sendings {
		if err := p.counter.Reset(); err != nil {
			return nil, err
		}
		g, err := p.look()
		if err != nil {
			return nil, err
		}
		before = append(before, g)
	}
	if err := s.Pause(long); err != nil {
		return nil, err
	}
	var flows []flow
	for i, p := range sendings {
		after, err := p.look()
		if err != nil {
			return nil, err
		}
		flows = append(flows, after.since(before[i]))
	}
	return flows, nil
}

// watchOne is watch, of one process that is ended then.
func watchOne(s *stage.Stage, after, long time.Duration, p sending) (flow, error) {
	defer p.kill()
	if err := s.Pause(after); err != nil {
		return flow{}, err
	}
	flows, err := watch(s, long, p)
	if err != nil {
		return flow{}, err
	}
	return flows[0], nil
}

// glance is a process and what came of it at one moment.
type glance struct {
	at  time.Time
	cpu time.Duration
	counting.Counts
}

func (p sending) look() (g glance, err error) {
	g.at = time.Now()
	if g.cpu, err = p.sender.CPU(); err != nil {
		return g, err
	}
	g.Counts, err = p.counter.Counts()
	return g, err
}

func (g glance) since(before glance) flow {
	span, events, cpu := g.at.Sub(before.at), float64(g.Events-before.Events), g.cpu-before.cpu
	return flow{
		rate: events / span.Seconds(), cpu: float64(cpu.Nanoseconds()) / 1e3 / events,
		busy: 100 * float64(cpu) / float64(span), latency: g.Latency,
	}
}

// drive runs a driver that is linked with the library for benchmarks, and measures it from so long after all its controllers came
// online.
func drive(s *stage.Stage, program string, from source, after, long time.Duration) (flow, error) {
	p, err := driven(s, program, from)
	if err != nil {
		return flow{}, err
	}
	return watchOne(s, after, long, p)
}

// driven is such a driver, with all its controllers online.
func driven(s *stage.Stage, program string, from source) (sending, error) {
	counter, err := s.Counter(from.credit)
	if err != nil {
		return sending{}, err
	}
	redis, port, err := s.Redis()
	if err != nil {
		return sending{}, err
	}
	driver, err := s.Driver(program, counter.Port, port, from.settings()...)
	if err != nil {
		return sending{}, err
	}
	if err := s.Online(counter, from.controllers); err != nil {
		return sending{}, errors.Join(err, driver.Running())
	}
	return sending{counter, driver.Process, []*stage.Process{redis}}, nil
}

// limit runs a limit program in the place of a driver, and measures it from its first event on.
func limit(s *stage.Stage, program string, from source, long time.Duration, args ...string) (flow, error) {
	counter, err := s.Counter(from.credit)
	if err != nil {
		return flow{}, err
	}
	sender, err := s.Start(program, from.settings(), program, append(args, "-app", stage.Loopback(counter.Port))...)
	if err != nil {
		return flow{}, err
	}
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
	return watchOne(s, warmUp, long, sending{counter, sender, nil})
}

const startsWithin = 15 * time.Second
