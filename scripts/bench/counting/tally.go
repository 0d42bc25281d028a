// Package counting is a benchmark's vendor app without its carriers: it admits every controller, follows each log in its
// order and counts. It keeps nothing on disk and decodes no more than it must, so that what is measured is the driver and
// not the app. It refuses to overlook a log that is out of order.
package counting

import (
	"sync"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Counts is what came so far.
type Counts struct {
	Events       uint64 `json:"events"` // transactions, each once
	Repeats      uint64 `json:"repeats"`
	Gaps         uint64 `json:"gaps"`
	Faults       uint64 `json:"faults"`        // transactions that did not follow the last of their log, with no gap between
	DriverEvents uint64 `json:"driver_events"` // gaps included
	Results      uint64 `json:"results"`       // of commands, repeats included
	Admitted     uint64 `json:"admitted"`      // how often a controller was
	Online       int    `json:"online"`        // controllers that are

	// From the panel's time of a transaction to its receipt, of what came since the last Reset.
	Latency Spread `json:"latency"`
}

// Tally counts. All methods may be called at the same time; none blocks.
type Tally struct {
	mu          sync.Mutex
	controllers map[uint64]*controller
	lease       uint64 // the newest lease epoch that was given out, or listed by a driver
	counts      Counts
	latencies   Latencies

	batches      uint64
	newest       *controller // whose transaction came last
	newestSerial uint64
}

// New makes an empty Tally, whose leases are newer than the given epoch.
func New(lease uint64) *Tally {
	return &Tally{controllers: make(map[uint64]*controller), lease: lease}
}

// controller is what is known of one.
type controller struct {
	holder   string // the instance with the lease; empty: given back
	lease    uint64
	online   bool
	logEpoch uint32
	index    uint64 // up to here its log was counted

	batch    uint64          // the last that brought anything of it
	position *pb.LogPosition // its place in the acknowledgement of that
}

func (t *Tally) controller(serial uint64) *controller {
	c := t.controllers[serial]
	if c == nil {
		c = new(controller)
		t.controllers[serial] = c
	}
	return c
}

// Counts is what came so far.
func (t *Tally) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts
	c.Latency = t.latencies.Spread()
	for _, known := range t.controllers {
		if known.online {
			c.Online++
		}
	}
	return c
}

// Reset begins the latencies anew.
func (t *Tally) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latencies = Latencies{}
}

// Result counts the end of a command.
func (t *Tally) Result() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Results++
}
