package command

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// groupName is the consumer group of all drivers. Its consumers are named by process instance.
	groupName = "mercury"
	// readEvery is how often all streams are read: what is added is found by then, and at once where a bell rings.
	readEvery = time.Second
)

// reader keeps a connection on which it reads the streams of all leased controllers at one Redis. It does not block
// there: a blocking read names and watches each stream anew with each command that comes, which for 10,000 of them
// costs Redis 12 ms; to read them all once a second, and one when its bell rings, costs 7 ms a second (measured).
type reader struct {
	options  *redis.Options
	names    names
	consumer string
	grace    time.Duration // behind a command's ttl, for another reader's answer to be acknowledged
	intake   *intake
	ledger   *ledger
	log      *slog.Logger

	up          atomic.Bool
	connections atomic.Uint64 // that worked
	faults      seldom

	mu      sync.Mutex
	quit    bool
	reading bool // entries may be under way
	streams map[uint64]*stream
	rung    map[uint64]bool // to be read now
	rings   chan struct{}   // holds one element while rung has something

	outage outage // of the goroutine of run
}

// stream is one controller's stream under one lease. Its fields are the goroutine's of run, but for serial, which
// never changes, and ready, which the reader's mutex guards.
type stream struct {
	serial uint64
	ready  bool // what is added is read

	tend    time.Time           // when to see to its group and its keeping
	look    time.Time           // when to look for what was read and is not acknowledged
	left    map[string]leftover // of that, what others read, by entry id
	emptied time.Time           // all that was added before it has been read; zero: not known yet
	told    time.Time           // when it was last logged that Redis refuses it
}

// want begins a new life of a controller's stream, or ends it.
func (r *reader) want(serial uint64, wanted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.streams, serial)
	if wanted && !r.quit {
		r.streams[serial] = &stream{serial: serial}
		r.mark(serial)
	}
}

// ring has a stream read at once.
func (r *reader) ring(serial uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams[serial] != nil {
		r.mark(serial)
	}
}

func (r *reader) mark(serial uint64) {
	r.rung[serial] = true
	select {
	case r.rings <- struct{}{}:
	default:
	}
}

// stop ends all reading, also of what is wanted later.
func (r *reader) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quit = true
	clear(r.streams)
}

// silent reports whether nothing is wanted and nothing is under way.
func (r *reader) silent() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.streams) == 0 && !r.reading
}

// run reads until ctx ends; then it returns nil.
func (r *reader) run(ctx context.Context, commands Commands) error {
	for ctx.Err() == nil {
		err := explain(r.serve(ctx, commands), r.options, mayRead, r.names.before)
		r.lost(commands)
		if ctx.Err() == nil && r.outage.fails(time.Now(), err) {
			r.log.Warn("no connection to Redis, so no command is read; trying again", "addr", r.options.Addr, "err", err)
		}
		r.outage.pause(ctx)
	}
	return nil
}

// serve runs one connection until its first fault, or until ctx ends.
func (r *reader) serve(ctx context.Context, commands Commands) error {
	l, err := dialLine(ctx, r.options)
	if err != nil {
		return err
	}
	defer l.close()
	defer context.AfterFunc(ctx, l.close)()
	r.works()
	sweep := time.NewTicker(readEvery)
	defer sweep.Stop()
	for all := true; ctx.Err() == nil; {
		if err := r.pass(ctx, l, commands, all); err != nil {
			return err
		}
		select {
		case <-r.rings:
			all = false
		case <-sweep.C:
			all = true
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// pass reads all streams, or those whose bell rang.
func (r *reader) pass(ctx context.Context, l *line, commands Commands, all bool) error {
	due := r.begin(all)
	defer r.end()
	for chunk := range slices.Chunk(due, streamsAtOnce) {
		if err := r.read(ctx, l, commands, taking(commands, chunk)); err != nil {
			return err
		}
	}
	return nil
}

// taking leaves out the streams of which no command would be taken now.
func taking(commands Commands, streams []*stream) []*stream {
	now := time.Now()
	return slices.DeleteFunc(streams, func(s *stream) bool {
		if commands.Takes(now, s.serial) {
			return false
		}
		s.emptied = time.Time{} // it would say too little of what is read when this goes on
		return true
	})
}

func (r *reader) begin(all bool) (due []*stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading = true
	for serial, s := range r.streams {
		if all || r.rung[serial] {
			due = append(due, s)
		}
	}
	clear(r.rung)
	return due
}

func (r *reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading = false
}

// works notes a connection that answers.
func (r *reader) works() {
	r.connections.Add(1)
	r.up.Store(true)
	r.log.Info("commands are read from Redis", "dur", r.outage.ends(time.Now()))
}

// lost begins all streams anew, as who knows what Redis remembers of them, and tells that they are not read.
func (r *reader) lost(commands Commands) {
	r.up.Store(false)
	r.mu.Lock()
	var were []uint64
	for serial, s := range r.streams {
		if s.ready {
			were = append(were, serial)
		}
		r.streams[serial] = &stream{serial: serial}
	}
	r.mu.Unlock()
	now := time.Now()
	for _, serial := range were {
		commands.CommandsReady(now, serial, false)
	}
}

// setReady notes whether what is added to a stream is read, and tells the first time and every change.
func (r *reader) setReady(now time.Time, commands Commands, s *stream, ready bool) {
	r.mu.Lock()
	changed := r.streams[s.serial] == s && s.ready != ready
	s.ready = ready
	r.mu.Unlock()
	if changed {
		commands.CommandsReady(now, s.serial, ready)
	}
}

// count returns how many streams are read, and how many are wanted and not read yet.
func (r *reader) count() (ready, pending int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.streams {
		if s.ready {
			ready++
		}
	}
	return ready, len(r.streams) - ready
}
