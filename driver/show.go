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

// showEvery is how often the title is looked at: half of what it promises.
const showEvery = 500 * time.Millisecond

// showTitle keeps what ps shows true within a second.
func (p *process) showTitle(ctx context.Context) error {
	ticker := time.NewTicker(showEvery)
	defer ticker.Stop()
	for {
		p.title.Set(title.Text(version, p.config.Port, int(p.table.Counts().Open.Load()), p.table.Serials()))
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
