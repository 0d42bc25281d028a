package main

import (
	"context"
	"sync/atomic"
	"time"

	"mercury-driver/driver/thread"
	"mercury-driver/driver/title"
)

// state is what readiness asks of the process itself.
type state struct {
	open     atomic.Bool // the library listens
	draining atomic.Bool
	hung     atomic.Pointer[thread.Hang] // the library call that did not come back
}

// showEvery is how often the title is changed at most: half of what it promises.
const showEvery = 500 * time.Millisecond

// showTitle keeps what ps shows true within a second, and does nothing while it is: to wake an idle process, and to word
// thousands of serials, is dear.
func (p *process) showTitle(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		p.title.Set(title.Text(version, p.config.Port, int(p.table.Counts().Open.Load()), p.table.Serials()))
		select {
		case <-ctx.Done():
			return nil
		case <-p.table.Changed():
		}
		pause.Reset(showEvery)
	}
}
