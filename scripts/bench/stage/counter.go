package stage

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"mercury-driver/scripts/bench/counting"
	"mercury-driver/sim/app"
)

// Counter is a vendor app that only counts, and its ports.
type Counter struct {
	*Process
	Port, tellPort int
}

// Counter runs one, which grants each driver so many transactions of credit; 0 is as the reference app does.
func (s *Stage) Counter(credit int) (*Counter, error) {
	if credit == 0 {
		credit = app.Credit
	}
	port, err := Port()
	if err != nil {
		return nil, err
	}
	tellPort, err := Port()
	if err != nil {
		return nil, err
	}
	p, err := s.Start("counter", nil, "counter", "-listen", Loopback(port), "-tell", Loopback(tellPort),
		"-credit", strconv.Itoa(credit))
	if err != nil {
		return nil, err
	}
	c := &Counter{p, port, tellPort}
	return c, s.Listens(p, tellPort) // the port that it listens on last
}

// Counts is what came so far. It fails where a transaction was out of its order: such a run measures nothing.
func (c *Counter) Counts() (counts counting.Counts, err error) {
	text, err := get(c.Process, c.tellPort, "/counts")
	if err != nil {
		return counts, err
	}
	if err := json.Unmarshal([]byte(text), &counts); err != nil {
		return counts, err
	}
	if counts.Faults > 0 {
		return counts, fmt.Errorf("%d transactions did not come in the order of their logs", counts.Faults)
	}
	return counts, nil
}

// Lease is the epoch of a controller's lease.
func (c *Counter) Lease(serial uint64) (epoch uint64, err error) {
	text, err := get(c.Process, c.tellPort, "/leases/"+strconv.FormatUint(serial, 10))
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(text, 10, 64)
}

// Reset begins the latencies anew.
func (c *Counter) Reset() error {
	_, err := get(c.Process, c.tellPort, "/reset")
	return err
}

// admittedWithin is more than 10,000 controllers need on a busy machine.
const admittedWithin = time.Minute

// Online waits until so many controllers are.
func (s *Stage) Online(c *Counter, controllers int) error {
	return s.Until(admittedWithin, pollEvery, func() error {
		counts, err := c.Counts()
		if err == nil && counts.Online != controllers {
			err = fmt.Errorf("%d of %d controllers are online", counts.Online, controllers)
		}
		return err
	})
}
