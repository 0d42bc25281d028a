// Package pace is how fast a limit program is: how it measures that itself, prints it, and is read.
package pace

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Pace is of something that was done again and again.
type Pace struct {
	Rate float64 `json:"rate"`   // a second
	CPU  float64 `json:"cpu_us"` // of the whole process, microseconds each
}

// Mark is the moment that a pace is measured from.
type Mark struct {
	at  time.Time
	cpu time.Duration
}

// Begin makes a mark now.
func Begin() Mark { return Mark{time.Now(), cpu()} }

// Since is how long ago it was made.
func (m Mark) Since() time.Duration { return time.Since(m.at) }

// Pace is that of so many since the mark.
func (m Mark) Pace(count float64) Pace { return Of(count, m.Since(), cpu()-m.cpu) }

// Of is the pace of so many in a span, which took so much CPU.
func Of(count float64, span, cpu time.Duration) Pace {
	return Pace{count / span.Seconds(), float64(cpu.Nanoseconds()) / 1e3 / count}
}

// cpu is what the process has used so far.
func cpu() time.Duration {
	var used unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &used) // it fails for clocks that are not there
	return time.Duration(used.Nano())
}

// Print says what was found: a Pace, or what holds one.
func Print(found any) error { return json.NewEncoder(os.Stdout).Encode(found) }

// Read reads what a program has printed.
func Read(said string, found any) error {
	if err := json.Unmarshal([]byte(said), found); err != nil {
		return fmt.Errorf("a limit program says %q: %w", said, err)
	}
	return nil
}
