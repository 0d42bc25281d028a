package command

import (
	"sync"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// heard records what a subscription tells.
type heard struct {
	mu        sync.Mutex
	commands  []heardCommand
	malformed []string // ids
	ready     map[uint64]bool
	changes   int // of readiness
}

type heardCommand struct {
	serial         uint64
	id             string
	now, bornAfter time.Time
}

func (h *heard) Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commands = append(h.commands, heardCommand{serial, c.GetId(), now, bornAfter})
}

func (h *heard) Malformed(_ time.Time, _ uint64, id, _ string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.malformed = append(h.malformed, id)
}

func (h *heard) CommandsReady(_ time.Time, serial uint64, ready bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ready == nil {
		h.ready = make(map[uint64]bool)
	}
	h.ready[serial] = ready
	h.changes++
}

func (h *heard) AppTime(now time.Time) time.Time { return now }

// readyCount is how many controllers are ready now.
func (h *heard) readyCount() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ready := range h.ready {
		if ready {
			n++
		}
	}
	return n
}

func (h *heard) all() []heardCommand {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]heardCommand(nil), h.commands...)
}
