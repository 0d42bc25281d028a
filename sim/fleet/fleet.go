// Package fleet is thousands of simulated panels in one process: it gives each panel of package panel
// a life from a seeded script, a journal on disk when asked, and a link to a port of a controller library,
// dialled again for ever.
//
// A panel's life depends on the seed and its serial alone, not on the network, nor on the other panels: the
// same seed tells the same stories. Commands of a host, faults (package fault) and what is done by hand change them.
//
// It refuses more panels than a process has descriptors for, and stops as a whole when a journal
// can't be written: a panel must never report what its journal does not hold.
package fleet

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"mercury-driver/sim/certs"
	"mercury-driver/sim/panel"
	"mercury-driver/sim/panel/journal"
)

// dialTimeout bounds one attempt to connect.
const dialTimeout = 5 * time.Second

// Fleet is a number of panels that live together.
type Fleet struct {
	opts    Options
	script  scenario
	rate    float64 // of each panel
	members []*Member
	held    *os.File // the directory of the journals, from New until Wait returns; nil: none
	reach   *reach
	dial    certs.DialFunc
	faults  *faults

	// From Start on.
	began  time.Time
	living context.Context
	group  *errgroup.Group
}

// New makes a fleet whose panels are as their journals left them, without power. The error is an
// *OptionError, journal.ErrTaken when another fleet has the directory, or says which file is in the way.
func New(opts Options) (*Fleet, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	var held *os.File
	if opts.LogDir != "" {
		var err error
		if held, err = journal.Hold(opts.LogDir); err != nil {
			return nil, err
		}
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	f := &Fleet{opts: opts, script: scenarios[opts.Scenario], dial: opts.Dial, held: held, reach: newReach(opts.Log)}
	if f.dial == nil {
		f.dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	if opts.TLS != nil {
		f.dial = inTurns(opts.TLS.Over(f.dial), handshakes)
	}
	f.rate = f.script.rate
	if opts.Rate > 0 {
		f.rate = opts.Rate / float64(opts.Panels)
	}
	if err := f.populate(); err != nil {
		held.Close()
		return nil, err
	}
	return f, nil
}

// populate makes the members, and plans their faults.
func (f *Fleet) populate() error {
	for i := range f.opts.Panels {
		m, err := f.newMember(i)
		if err != nil {
			return err
		}
		f.members = append(f.members, m)
	}
	f.faults = newFaults(f)
	for _, spec := range f.opts.Faults {
		if _, err := f.faults.schedule.Start(spec, 0); err != nil {
			return &OptionError{"fault", err.Error()}
		}
	}
	return nil
}

func (f *Fleet) newMember(i int) (*Member, error) {
	serial := f.opts.FirstSerial + uint64(i)
	m := &Member{fleet: f, serial: serial, up: make(chan struct{}),
		life: newLife(f.script, f.rate, f.quota(i), rand.New(rand.NewPCG(f.opts.Seed, serial)))}
	opts := panel.Options{Serial: serial, LogCapacity: f.opts.LogCapacity, Cards: installedCards, Modes: installedModes}
	switch {
	case f.opts.LogDir != "":
		m.journal = journal.New(f.opts.LogDir, serial)
		opts.Recorder = m.journal
	case f.opts.Recorder != nil:
		opts.Recorder = f.opts.Recorder(serial)
	}
	m.panel = panel.New(opts)
	if m.journal == nil {
		return m, nil
	}
	return m, m.journal.Load(m.panel)
}

// quota is how many transactions the panel in that place raises; 0: without end.
func (f *Fleet) quota(i int) int {
	all, panels := f.opts.Transactions, f.opts.Panels
	if all == 0 && f.script.past {
		return backlogged
	}
	quota := all / panels
	if i < all%panels {
		quota++
	}
	return quota
}

// Start gives all panels power. They live until ctx ends; then Wait returns.
func (f *Fleet) Start(ctx context.Context) {
	f.began = time.Now()
	for _, m := range f.members {
		m.start()
	}
	f.group, f.living = errgroup.WithContext(ctx)
	for _, m := range f.members {
		f.group.Go(func() error { return m.run(f.living) })
	}
	f.group.Go(func() error { return f.suffer(f.living) })
}

// Wait returns when all panels have closed their links and their journals are complete; another fleet may
// go on with them then. Its error says which journal could not be written.
func (f *Fleet) Wait() error {
	defer f.held.Close()
	return f.group.Wait()
}

// Panels are the members, by their serials.
func (f *Fleet) Panels() []*Member { return f.members }

// Panel is the member with a serial; nil: there is none.
func (f *Fleet) Panel(serial uint64) *Member {
	if first := f.opts.FirstSerial; serial >= first && serial-first < uint64(len(f.members)) {
		return f.members[serial-first]
	}
	return nil
}
