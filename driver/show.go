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

// titled is what a title is made of.
type titled struct {
	roster    uint64
	sequences int64
}

// showTitle keeps what ps shows true within a second. To word thousands of serials costs more than all else that an idle
// driver does, so it is done when something has changed.
func (p *process) showTitle(ctx context.Context) error {
	ticker := time.NewTicker(showEvery)
	defer ticker.Stop()
	for shown := (titled{sequences: -1}); ; {
		if now := (titled{p.table.Roster(), p.table.Counts().Open.Load()}); now != shown {
			p.title.Set(title.Text(version, p.config.Port, int(now.sequences), p.table.Serials()))
			shown = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
