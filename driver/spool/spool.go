package spool

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

const (
	// awayAfter is how long the stream must be down before transactions go to disk: a reconnect is quicker.
	awayAfter = 5 * time.Second
	// maxQueue is how many transactions may wait for the disk; beyond it they stay in the controllers.
	maxQueue = 4096
	// retryAfter is how long a disk that failed is left alone.
	retryAfter = time.Second
)

// Outbox is what carries everything to the vendor app.
type Outbox interface {
	Offer(ev encoded.Event) bool
	Burst() (end func())
	Free() int
	// Surplus is how many transactions of a spool Offer would take now: half of the usual credit is not for them.
	Surplus() int
	Room() bool
	Promise() bool
	Unpromise()
	Result(r *pb.CommandResult)
	Answer(r *pb.CommandResult)
	Return(serial, leaseEpoch uint64)
	// Up reports whether the vendor app has welcomed the present stream.
	Up() bool
	// Withdraw takes back the transactions and gaps that are kept and that take reports, each controller's in their
	// order; false, and none, while Up. Neither take nor among may call the outbox.
	Withdraw(take func(*encoded.Event) bool) (events []encoded.Event, ok bool)
	// Oldest is the first transaction or gap that is kept of a controller and that among reports; false when there is none.
	Oldest(serial uint64, among func(*encoded.Event) bool) (ev encoded.Event, kept bool)
}

// Sessions are told what is stored. They may call the spool back.
type Sessions interface {
	Spooled(now time.Time, positions []*pb.LogPosition)
}

// Spool stands before an outbox. Its methods may be called at the same time; Step by one goroutine, which may
// block for as long as the disk does.
type Spool struct {
	Outbox   // takes results, leases, and what the driver itself saw, straight
	sessions Sessions
	log      *slog.Logger
	store    *store
	limit    int  // bytes
	through  bool // every transaction goes to disk first

	mu        sync.Mutex
	backlogs  map[uint64]*backlog // by serial; none is empty
	turns     []uint64            // serials that have something to hand on, each once
	queue     []encoded.Event     // to be written, in this order
	bytes     int                 // of the file that are in use
	away      bool                // the stream is down for long: the outbox has none but what fills holes
	held      bool                // nothing more is handed on from disk
	bypassing bool                // the queue is handed on from memory
	bypassed  map[uint64]run      // by serial, the last entry that was
	down      time.Time           // since when it is, zero while it is up
	failed    time.Time           // when the disk failed last, zero while it works
	full      bool                // told so
	synced    chan struct{}       // closed when what is queued was written; nil: nobody waits for that
	over      bool                // Run has ended
	counts    Counts
	wake      chan struct{}

	// Of Step's goroutine.
	dropped time.Time // when acknowledged entries were looked for last
	notes   []note
}

// Open opens the file in dir for the driver on port, and makes it where there is none. The spool takes transactions
// until they take limit bytes of the file; what waits for the disk then, and what the outbox holds when an outage begins,
// comes on top. Errors: ErrHeld, *DamagedError, and what keeps the file from being read or written.
func Open(dir string, port, limit int, outbox Outbox, sessions Sessions, log *slog.Logger) (*Spool, error) {
	s := &Spool{Outbox: outbox, sessions: sessions, log: log, limit: limit,
		backlogs: make(map[uint64]*backlog), bypassed: make(map[uint64]run), wake: make(chan struct{}, 1)}
	var err error
	s.store, err = openStore(dir, port, s.load)
	if err != nil {
		return nil, err
	}
	if s.bytes, err = s.store.used(); err != nil {
		return nil, errors.Join(err, s.store.close())
	}
	if n := len(s.backlogs); n > 0 {
		log.Info("the spool holds transactions for the vendor app", "file", s.store.path, "controllers", n, "bytes", s.bytes)
	}
	return s, nil
}

func (s *Spool) load(e entry) {
	b := s.backlogs[e.event.Serial]
	if b == nil {
		b = &backlog{first: e.number, next: e.number, end: e.number}
		s.backlogs[e.event.Serial] = b
		s.turns = append(s.turns, e.event.Serial)
	}
	b.loaded(&e.event)
}

// Offer takes an event as the outbox does. A transaction goes to the file while the vendor app is away, and as long
// as older ones of its controller are there; false when the disk has no room for it. What is missing below what is
// kept goes past the file (fill.go). A gap goes where the transactions go that it stands between, room or not: it is
// small, and there are few.
func (s *Spool) Offer(ev encoded.Event) bool {
	if ev.Index == 0 && ev.Gap() == nil {
		return s.Outbox.Offer(ev)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.backlogs[ev.Serial]
	switch {
	case !s.away && !s.through && (b == nil || !b.behind()):
		return s.Outbox.Offer(ev)
	case b != nil && b.has(&ev): // its controller was rewound
		return true
	case b != nil && b.fills(&ev) && ev.Index == 0:
		return s.Outbox.Offer(ev)
	case b != nil && b.fills(&ev) && !s.through:
		return b.handedBelow(&ev) && s.Outbox.Offer(ev)
	case ev.Index != 0 && s.room() == 0:
		return false
	case len(s.queue) >= maxQueue && (b == nil || !b.overlaps(runOf(&ev))): // a gap: the outbox has a bound for them
		return s.Outbox.Offer(ev)
	}
	s.enqueue(&ev)
	s.ring()
	return true
}

func (s *Spool) enqueue(ev *encoded.Event) {
	b := s.backlogs[ev.Serial]
	if b == nil {
		b = new(backlog)
		s.backlogs[ev.Serial] = b
	}
	b.queued = b.queued.add(runOf(ev))
	s.queue = append(s.queue, *ev)
}

// room is how many more transactions may wait for the disk; one, to try it, while it fails.
func (s *Spool) room() int {
	switch {
	case s.through: // nobody else has them
	case s.bytes >= s.limit:
		return 0
	case !s.failed.IsZero():
		return max(0, 1-len(s.queue))
	}
	return max(0, maxQueue-len(s.queue))
}

// Free is about how many transactions Offer would take now: it can't tell who comes, and what fills a hole goes past the
// file. While no more can be handed on it is those, for the vendor app may wait for them.
func (s *Spool) Free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.away || s.through:
		return s.room()
	case (len(s.turns) > 0 || len(s.queue) > 0) && s.Outbox.Surplus() > 0:
		return min(s.room(), s.Outbox.Free())
	}
	// Nobody's go to the file, or what does may find it full: who is told to come in vain rests.
	return s.Outbox.Free()
}

// Through is the last index of a controller's log that is on disk here without a hole behind index, or index itself:
// the vendor app gets it from here, and the controller need not say it again.
func (s *Spool) Through(serial uint64, logEpoch uint32, index uint64) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.backlogs[serial]; b != nil {
		return b.onDisk.through(logEpoch, index)
	}
	return index
}

// Kept is the part of a controller's log that is kept here first from an index on, both ends included; zeroes where there
// is none.
func (s *Spool) Kept(serial uint64, logEpoch uint32, index uint64) (first, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.backlogs[serial]; b != nil {
		return slices.Concat(b.onDisk, b.queued).from(logEpoch, index)
	}
	return 0, 0
}

// Last is the highest index of a controller's log that is kept here, 0 where there is none.
func (s *Spool) Last(serial uint64, logEpoch uint32) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.backlogs[serial]; b != nil {
		return max(b.onDisk.last(logEpoch), b.queued.last(logEpoch))
	}
	return 0
}

// Acked tells that the outbox has let go of what the vendor app has stored: there is credit to hand on more.
func (s *Spool) Acked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.backlogs) > 0 {
		s.ring()
	}
}

// Settled reports whether nothing waits for the disk.
func (s *Spool) Settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) == 0
}

// Counts is what a Spool did since the process started, and what it holds now.
type Counts struct {
	Written  uint64 // transactions, and gaps between them
	Failures uint64 // writes that failed

	Queued      int // transactions that wait for the disk
	Bytes       int // of the file that they take
	Controllers int // of which something is kept
}

// Counts gives the numbers of this moment.
func (s *Spool) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Queued, c.Bytes, c.Controllers = len(s.queue), s.bytes, len(s.backlogs)
	return c
}

func (s *Spool) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
