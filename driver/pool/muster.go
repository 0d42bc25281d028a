package pool

import (
	"context"
	"strconv"
	"time"

	"mercury-driver/driver/report"
)

// reliefAfter is how long a session waits in the queue before the threads count as held up.
const reliefAfter = time.Millisecond

// muster brings more threads whenever the queue does not move, until ctx ends.
func (p *Pool) muster(ctx context.Context) {
	for {
		select {
		case <-p.relief.C:
			p.relieve()
		case <-ctx.Done():
			p.end()
			return
		}
	}
}

// attract sees to it that somebody takes what is queued. Who was brought for it is sure to come, and watches what it
// leaves; so for one command on an idle pool no timer runs.
func (p *Pool) attract() {
	if p.attentive > 0 || !p.bring() {
		p.watchQueue()
	}
}

// bring wakes a parked thread, else starts one if the bound allows it. It reports whether one comes.
func (p *Pool) bring() bool {
	if len(p.queue) == 0 || p.group == nil {
		return false
	}
	switch last := len(p.parked) - 1; {
	case last >= 0:
		w := p.parked[last]
		p.parked = p.parked[:last]
		p.notice(w)
		w.wake <- struct{}{}
	case p.threads < p.bound:
		p.threads++
		p.started++
		w := &worker{name: "command-" + strconv.Itoa(p.started), wake: make(chan struct{}, 1)}
		p.notice(w)
		p.spawn(p.group, w.name, report.Guard(w.name, func() error { return p.work(w) }))
	default:
		return false
	}
	return true
}

// watchQueue starts the relief timer if it can be of use.
func (p *Pool) watchQueue() {
	if p.watched || len(p.queue) == 0 || p.group == nil || len(p.parked) == 0 && p.threads == p.bound {
		return
	}
	p.watched = true
	p.mark = p.pushed
	p.relief.Reset(reliefAfter)
}

// relieve brings another thread if some session has waited since the timer was started: then none of the
// threads that run can be counted on until it is seen at the queue again.
func (p *Pool) relieve() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = false
	if p.taken < p.mark {
		p.round++
		p.attentive = 0
		p.bring()
	}
	p.watchQueue()
}

// notice counts a thread as attentive.
func (p *Pool) notice(w *worker) {
	if w.round <= p.round {
		w.round = p.round + 1
		p.attentive++
	}
}

// end lets all threads go.
func (p *Pool) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.relief.Stop()
	p.group, p.ended = nil, true
	for _, w := range p.parked {
		w.wake <- struct{}{}
	}
	p.parked = nil
}
