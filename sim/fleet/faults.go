package fleet

import (
	"context"
	"sync"
	"time"

	"mercury-driver/sim/fleet/fault"
)

// faults is what goes wrong at which member, and when.
type faults struct {
	mu       sync.Mutex
	schedule *fault.Schedule
	changed  chan struct{} // the schedule was; holds one
}

func newFaults(f *Fleet) *faults {
	var serials []uint64
	for _, m := range f.members {
		serials = append(serials, m.serial)
	}
	return &faults{schedule: fault.NewSchedule(f.opts.Seed, serials), changed: make(chan struct{}, 1)}
}

// StartFault starts a fault, whose times count from now. Not before Start. The error is a *fault.Error.
func (f *Fleet) StartFault(spec fault.Spec) (fault.Fault, error) {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	defer f.faults.change()
	started, err := f.faults.schedule.Start(spec, time.Since(f.began))
	if err == nil {
		f.tell("fault is started", started)
	}
	return started, err
}

func (f *Fleet) tell(what string, one fault.Fault) {
	f.opts.Log.Info(what, "id", one.ID, "fault", one.Spec.String(), "panels", one.Panels)
}

// StopFault ends a fault wherever it is active; that is done when it has vanished from Faults.
func (f *Fleet) StopFault(id int) error {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	defer f.faults.change()
	err := f.faults.schedule.Stop(id, time.Since(f.began))
	if err == nil {
		f.opts.Log.Info("fault is stopped", "id", id)
	}
	return err
}

// Faults are those that are to come or active, by their ids.
func (f *Fleet) Faults() []fault.Fault {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	return f.faults.schedule.Faults()
}

func (f *faults) change() {
	select {
	case f.changed <- struct{}{}:
	default: // it will be noticed already
	}
}

// suffer lets faults happen until ctx ends.
func (f *Fleet) suffer(ctx context.Context) error {
	for _, planned := range f.Faults() {
		f.tell("fault is planned", planned)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-f.faults.changed:
		case <-ctx.Done():
			return nil
		}
		timer.Reset(f.sufferDue())
	}
}

// sufferDue lets all happen that is due, and returns how long there is nothing.
func (f *Fleet) sufferDue() time.Duration {
	for {
		f.faults.mu.Lock()
		now := time.Since(f.began)
		moment, any := f.faults.schedule.Next(now)
		due, more := f.faults.schedule.Due()
		f.faults.mu.Unlock()
		switch {
		case any:
			f.Panel(moment.Serial).suffer(moment)
		case more:
			return due - now
		default:
			return time.Hour // or until something changes
		}
	}
}
