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
	answers   []heardAnswer
	ready     map[uint64]bool
	changes   int  // of readiness
	away      bool // no command would be taken
	asks      int  // whether it would
}

type heardAnswer struct {
	serial  uint64
	id      string
	outcome pb.Outcome
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

func (h *heard) SoleCommand(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	h.Command(now, serial, c, bornAfter)
}

func (h *heard) Answer(_ time.Time, serial uint64, id string, outcome pb.Outcome, _ string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = append(h.answers, heardAnswer{serial, id, outcome})
}

func (h *heard) Takes(time.Time, uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asks++
	return !h.away
}

func (h *heard) take(taken bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = !taken
}

func (h *heard) asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asks
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
