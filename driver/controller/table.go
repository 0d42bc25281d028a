package controller

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// Rules are the numbers that sessions go by.
type Rules struct {
	Instance string // name of this start of the process, as in Hello

	Window    uint64        // transactions of one controller delivered and not acknowledged
	Sequences int           // commands of one controller posted and not answered
	Queue     int           // commands of one controller waiting to be posted
	LinkFresh time.Duration // a door is moved only over a link heard from within it

	ReplyGrace time.Duration // after a command's ttl, how long its reply is still waited for
	Quarantine int           // controllers that are kept connected and not served
}

// Ports are what the sessions call.
type Ports struct {
	Sink       Sink
	Spool      Spool // nil: none
	Admitter   Admitter
	Subscriber Subscriber
	Claimer    Claimer
	Poster     Poster
	Waker      Waker
}

// Table holds the sessions of all attached controllers. All methods may be called at the same time.
type Table struct {
	rules Rules
	caps  scp.Capabilities
	ports Ports
	log   *slog.Logger

	mu       sync.RWMutex
	byKey    map[Key]*Session // until nothing is under way for it any more
	bySCP    numbers
	bySerial map[uint64]*Session // the newest attachment that told this serial
	listed   []*pb.HeldLease     // what the last Hello listed
	macs     macs

	leases   leaseClock
	appClock atomic.Pointer[reading]
	draining atomic.Bool // no new controllers and commands
	holding  atomic.Bool // no new transactions either

	refusal    time.Time // when one was last logged; the event thread
	turnedAway turnedAway

	due      dueList
	turns    turns
	reserved atomic.Int64 // credit, the sum of what the sessions have
	counts   Counts

	shown chan struct{} // see Changed

	mostKnown int64 // commands that all sessions may remember by their ids
}

// NewTable makes an empty table. Connect gives it its ports before anything else is called.
func NewTable(rules Rules, caps scp.Capabilities, log *slog.Logger) *Table {
	return &Table{
		rules: rules, caps: caps, log: log, mostKnown: maxKnown, shown: make(chan struct{}, 1),
		byKey:    make(map[Key]*Session),
		bySerial: make(map[uint64]*Session),
		macs:     make(macs),
	}
}

// Connect sets what the sessions call. The ports need the table, so they come after it.
func (t *Table) Connect(ports Ports) { t.ports = ports }

// Busy reports whether any command waits for a reply: a polled library is then asked more often.
func (t *Table) Busy() bool { return t.counts.Open.Load() > 0 }

func (t *Table) find(key Key) *Session {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byKey[key]
}

func (t *Table) ofSerial(serial uint64) *Session {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bySerial[serial]
}

// ofPositions is the session of each position, or nil. It looks for all of them before any is stepped: where thousands of
// controllers share the events, a look is a wait for memory, and such waits go on side by side.
func (t *Table) ofPositions(positions []*pb.LogPosition) []*Session {
	sessions := make([]*Session, len(positions))
	t.mu.RLock()
	defer t.mu.RUnlock()
	for i, p := range positions {
		sessions[i] = t.bySerial[p.Serial]
	}
	return sessions
}

// all is every session, by key, so that the same history takes the same steps.
func (t *Table) all() []*Session {
	t.mu.RLock()
	sessions := slices.Collect(maps.Values(t.byKey))
	t.mu.RUnlock()
	slices.SortFunc(sessions, func(a, b *Session) int {
		return cmp.Or(cmp.Compare(a.key.SCP, b.key.SCP), cmp.Compare(a.key.Attachment, b.key.Attachment))
	})
	return sessions
}

// Changed brings one element whenever Serials, or how many sequences are open, has changed since the last was taken.
func (t *Table) Changed() <-chan struct{} { return t.shown }

func (t *Table) change() {
	select {
	case t.shown <- struct{}{}:
	default: // whoever shows it has not looked yet
	}
}

// Serials is the serial of every attached controller that has identified itself, ascending.
func (t *Table) Serials() []uint64 {
	t.mu.RLock()
	serials := make([]uint64, 0, len(t.bySerial))
	for serial := range t.bySerial {
		serials = append(serials, serial)
	}
	t.mu.RUnlock()
	slices.Sort(serials)
	return serials
}

// enter makes the session of a new attachment.
func (t *Table) enter(now time.Time, key Key) *Session {
	s := &Session{table: t, key: key, attached: now, heard: now}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byKey[key] = s
	t.bySCP.give(key.SCP, s)
	return s
}

// name enters a session under its serial and returns the one that stood there.
func (t *Table) name(s *Session, serial uint64) (older *Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	older = t.bySerial[serial]
	t.bySerial[serial] = s
	t.change()
	return older
}

// leave takes an ended session out of the running; it stays known by its key until its questions
// are answered.
func (t *Table) leave(s *Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.macs.leave(s.identity.MAC, s.serial)
	if t.bySCP.of(s.key.SCP) == s {
		t.bySCP.give(s.key.SCP, nil)
	}
	if t.bySerial[s.serial] == s {
		delete(t.bySerial, s.serial)
		t.change()
	}
}

// forget drops a session that has ended and that nothing is under way for.
func (t *Table) forget(s *Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byKey, s.key)
}
