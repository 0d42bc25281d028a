// Package event is the event thread: the one thread that drains the controller library. It hands each
// batch to the sessions and does what is due in them. It never waits for anything but the library, so that replies keep
// flowing whatever the vendor app does; and for the disk where that library can't say a transaction again, though what is
// due in the sessions is done meanwhile.
package event

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/report"
	"mercury-driver/driver/thread"
)

const (
	// batch is the most messages taken in one crossing; beyond 64 it hardly gets cheaper.
	batch = 256
	// wait is the longest wait for a message. What comes to be due meanwhile ends it: a thread that goes into C again and
	// again keeps the runtime busy for some milliseconds each time.
	wait = 10 * time.Second
	// slice is how long a library may be silent in it.
	slice = 250 * time.Millisecond
)

// Library is what the event thread needs of the seam to C.
type Library interface {
	// Drain fills buf with messages, waiting up to timeout for the first; busy asks a library that
	// must be polled more often. One thread calls it, while others post.
	Drain(buf []scp.Message, timeout time.Duration, busy bool) (int, error)
	// Wake ends the wait of the Drain that is under way, or else of the next. Any thread.
	Wake()
	// Waits is a number that changes within each slice while Drain waits.
	Waits() uint64
}

// Start runs the event thread in group until ctx ends or the library fails; with it ends the context that it returns.
// Where each message is to be safe before the library is asked for the next, handled tells when that is so, by a channel that
// is closed or by nil; where it is nil itself, none is.
func Start(ctx context.Context, group *errgroup.Group, library Library, table *controller.Table, watch *thread.Watch,
	handled func() <-chan struct{}) context.Context {
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	thread.Go(group, "events", report.Guard("events", func() error {
		defer end()
		slot := watch.Slot("events")
		defer slot.Close()
		defer context.AfterFunc(ctx, library.Wake)()
		draining := thread.Call{Name: "drain", Allowance: slice, Alive: library.Waits}
		buf := make([]scp.Message, batch)
		if handled != nil {
			buf = buf[:1]
		}
		for ctx.Err() == nil {
			slot.Begin(&draining)
			n, err := library.Drain(buf, min(table.Due(time.Now()), wait), table.Busy())
			slot.End()
			if err != nil {
				return fmt.Errorf("event thread: %w", err)
			}
			now := time.Now()
			table.Receive(now, buf[:n])
			table.Tick(now)
			if handled != nil {
				await(handled(), table)
			}
		}
		return nil
	}))
	return running
}

// await does what is due in the sessions until safe is closed; a nil one is not waited for.
func await(safe <-chan struct{}, table *controller.Table) {
	for safe != nil {
		due := time.NewTimer(slice)
		select {
		case <-safe:
			safe = nil
		case now := <-due.C:
			table.Tick(now)
		}
		due.Stop()
	}
}
