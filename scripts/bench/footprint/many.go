package footprint

import (
	"fmt"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

// processes is how many drivers run on one machine in production.
const processes = 40

// many is what they cost together, with some silent controllers each: over TCP, and, as that has link polls, over a library
// without a network.
func many() suite.Bench {
	return suite.Bench{Name: "footprint processes", Rows: []*figure.Row{
		{Name: "memory of 40 processes, 100 controllers each", Unit: "MB", Budget: figure.Under(320)},
		{Name: "the same, idle, no link polls: library that can wait", Unit: "% of a core", Budget: figure.Under(5)},
		{Name: "the same: polled library", Unit: "% of a core", Budget: figure.Under(15)},
	}, Run: measureMany}
}

func measureMany(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	memory, err := s.sumOfMemory()
	if err != nil {
		return nil, err
	}
	waiting, err := s.sumOfCPU("driver-waiting", long)
	if err != nil {
		return nil, err
	}
	polled, err := s.sumOfCPU("driver-polled", long)
	return []figure.Pair{{Ours: megabytes(memory)}, {Ours: waiting}, {Ours: polled}}, err
}

// sumOfMemory is what all processes hold of memory, in KiB, with controllers of a fleet.
func (s *scene) sumOfMemory() (kib float64, err error) {
	drivers, err := s.drivers("driver")
	defer kill(drivers)
	if err == nil {
		var panels *stage.Process
		if panels, err = s.fleet(drivers, processes*few); err == nil {
			defer panels.Kill() // or they would dial on, at the ports that other processes have next
			err = s.served(drivers, processes*few)
		}
	}
	if err == nil {
		err = s.Pause(settled)
	}
	for _, d := range drivers {
		if err == nil {
			var held float64
			held, err = d.Anon()
			kib += held
		}
	}
	return kib, err
}

// sumOfCPU is what all processes use of a core, in percent, with controllers of the library for benchmarks.
func (s *scene) sumOfCPU(program string, long time.Duration) (percent float64, err error) {
	drivers, err := s.drivers(program)
	defer kill(drivers)
	if err == nil {
		err = s.Online(s.app, processes*few)
	}
	if err == nil {
		err = s.Pause(stage.Steady)
	}
	began, before := time.Now(), time.Duration(0)
	if err == nil {
		before, err = used(drivers)
	}
	if err == nil {
		err = s.Pause(long / 2)
	}
	if err != nil {
		return 0, err
	}
	after, err := used(drivers)
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// drivers runs the processes. Those that were started are returned with an error too.
func (s *scene) drivers(program string) (drivers []*stage.Driver, err error) {
	for i := range processes {
		d, err := s.Driver(program, s.app.Port, s.redis, "BENCH_RATE=silent", fmt.Sprint("BENCH_CONTROLLERS=", few),
			fmt.Sprint("BENCH_FIRST_SERIAL=", firstSerial+i*few))
		if err != nil {
			return drivers, err
		}
		drivers = append(drivers, d)
	}
	return drivers, nil
}

func kill(drivers []*stage.Driver) {
	for _, d := range drivers {
		d.Kill()
	}
}

// used is the CPU of all of them so far.
func used(drivers []*stage.Driver) (sum time.Duration, err error) {
	for _, d := range drivers {
		cpu, err := d.CPU()
		if err != nil {
			return 0, err
		}
		sum += cpu
	}
	return sum, nil
}
