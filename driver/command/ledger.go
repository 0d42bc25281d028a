package command

import "sync"

// ledger knows every entry that this process has read, from its reading until Redis has let go of it. An entry
// is read under the id of its command; it is settled when nobody is owed an answer for that id any more, and
// only then acknowledged in Redis. Whoever holds the lease meanwhile: the entry is this process's to answer.
//
// It is shared by all goroutines that read or acknowledge, and by the sessions.
type ledger struct {
	mu      sync.Mutex
	read    map[entry]bool     // true: settled
	of      map[string][]entry // by command id, those that are not settled
	settled []entry            // not taken yet
	added   chan struct{}      // holds one element while settled has something
}

func newLedger() *ledger {
	return &ledger{read: make(map[entry]bool), of: make(map[string][]entry), added: make(chan struct{}, 1)}
}

// knows reports whether an entry was read, and Redis may still have it.
func (l *ledger) knows(e entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.read[e]
	return known
}

// enter notes an entry whose command is about to be handed on.
func (l *ledger) enter(e entry, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read[e] = false
	l.of[id] = append(l.of[id], e)
}

// settle ends the wait of all entries of a command.
func (l *ledger) settle(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.of[id] {
		l.let(e)
	}
	delete(l.of, id)
}

// discard is for an entry that nobody can be answered for.
func (l *ledger) discard(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.let(e)
}

func (l *ledger) let(e entry) {
	l.read[e] = true
	l.settled = append(l.settled, e)
	select {
	case l.added <- struct{}{}:
	default:
	}
}

// take returns what was settled since it was called last.
func (l *ledger) take() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.settled
	l.settled = nil
	return taken
}

// forget drops an entry that Redis has let go of.
func (l *ledger) forget(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.read, e)
}

// count is how many entries Redis still keeps for this process.
func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.read)
}
