package controller

import (
	"log/slog"
	"math"
	"strings"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// logState is where a session stands in its controller's log.
type logState struct {
	started bool
	epoch   uint32
	next    uint64 // index expected next: everything below was forwarded, or reported as a gap
	acked   uint64 // up to here the vendor app has it, or nobody has
	inApp   uint64 // up to here the vendor app says that it has it
	hole    hole   // the newest gap that is not below acked

	told      uint64 // the controller knows that up to here it may forget
	reporting uint64 // the controller knows that it may report up to here

	rewind rewindState
	paused bool      // told to pause, where it can't be told how far to report
	unkept bool      // the last transaction could not be kept, and not be had again
	ackDue time.Time // when the little that it was not told of is acknowledged; zero: there is none

	reach uint64 // it may report up to here, and a window further, whatever is acknowledged

	silent time.Time // transactions ought to have come by then; zero where none is expected
	asked  bool      // none did, so the controller was asked for its fill
	full   bool      // it is near full, as far as is known

	reserved uint64    // there is credit for it up to here
	lapses   time.Time // that is over then

	starvedAt uint64        // next, when there was no credit last
	patience  time.Duration // how long it waited before it stood in line again
	rests     time.Time     // until then it does; zero: it does not
}

// hole is a gap in the log, both ends included. Nobody acknowledges what is missing of it.
type hole struct{ first, last uint64 }

// skip goes on behind a gap.
func (l *logState) skip(to uint64) {
	if l.hole.last == 0 || l.hole.last+1 < l.next {
		l.hole.first = l.next
	}
	l.hole.last, l.next = to-1, to
	l.ackedTo(l.acked)
}

// ackedTo moves what is acknowledged, and over a gap that follows.
func (l *logState) ackedTo(index uint64) {
	l.acked = index
	if l.hole.last > 0 && index+1 >= l.hole.first {
		l.acked, l.hole = max(index, l.hole.last), hole{}
	}
}

// rewindState is how what was not forwarded is fetched again. While it is not none, transactions
// are ignored: the controller still holds them all.
type rewindState int8

const (
	rewindNone    rewindState = iota
	rewindStarved             // no credit: waits for its turn
	rewindWanted              // to be posted
	rewindPosted              // posted, everything up to its reply is of before
	rewindMissed              // posted, and passed over what may be behind its reply
)

// startLog begins behind what the vendor app has stored.
func (s *Session) startLog(now time.Time, epoch uint32, index uint64) {
	id, l := &s.identity, &s.log
	if l.started && !s.table.caps.Rewind {
		s.goOn(now, epoch, index)
		return
	}
	*l = logState{started: true, epoch: id.LogEpoch, full: l.full} // that it is, it says once
	if epoch == l.epoch {
		l.inApp = index
	}
	if s.table.caps.Rewind {
		l.rewind = rewindWanted
	} else { // where it goes on is not known: maybe behind all that it has
		l.reach = id.Newest
	}
	has := index
	index = s.stored(epoch, index)
	if epoch != l.epoch {
		if epoch != 0 || index != 0 {
			s.erased(now, epoch, index+1, l.epoch)
		}
		has, index = 0, s.stored(l.epoch, 0)
	}
	if index > id.Newest {
		// All of it is told behind what is on disk; what the vendor app lacks below that must not wait so long.
		s.missing(now, l.epoch, max(has, id.Newest)+1, index, pb.GapCause_GAP_CAUSE_APP_AHEAD)
		s.gap(now, l.epoch, id.Newest+1, index, pb.GapCause_GAP_CAUSE_APP_AHEAD)
	}
	l.next = min(index, id.Newest) + 1
	if id.Oldest > l.next {
		s.missing(now, l.epoch, l.next, id.Oldest-1, pb.GapCause_GAP_CAUSE_WRAPPED)
		l.next = id.Oldest
	}
	l.acked = l.next - 1
	s.outbox.ack = l.acked > 0 // the last one may have been lost with the last link
}

// forgotten reports whether the vendor app, which was asked again, has less of the log than it once said. The controller
// was told that it may forget that, and how much it has is only known of a new link.
func (s *Session) forgotten(grant *pb.Admitted) bool {
	l := &s.log
	return l.inApp > 0 && s.table.caps.Rewind && (grant.ResumeLogEpoch < l.epoch ||
		grant.ResumeLogEpoch == l.epoch && grant.ResumeAfter < l.inApp)
}

// transaction takes one entry of the controller's log.
func (s *Session) transaction(now time.Time, m *scp.Message) {
	l := &s.log
	switch {
	case m.Index > math.MaxInt64:
		s.note(slog.LevelError, "controller's log has an index out of range, detached", "index", m.Index)
		s.detach(now, "log index out of range")
		return
	case !l.started || m.Index == 0:
		s.early(now, m)
		return
	}
	if m.LogEpoch != l.epoch {
		s.newEpoch(now, m.LogEpoch)
	}
	s.identity.Newest = max(s.identity.Newest, m.Index)
	if m.Kind == scp.HostDecisionRequest && m.Index > s.backlog {
		s.commands.noteRequest(now, m)
	}
	switch {
	case l.rewind != rewindNone, m.Index < l.next, s.table.holding.Load() && s.table.caps.Rewind:
		s.table.counts.Repeats.Add(1)
		s.passedOver()
		return
	case !s.table.caps.Rewind:
		s.keep(now, m)
		return
	case m.Index > l.next:
		s.missing(now, l.epoch, l.next, m.Index-1, pb.GapCause_GAP_CAUSE_WRAPPED)
		l.skip(m.Index)
	}
	s.heardLog(now)
	if l.next-l.acked > 2*s.table.rules.Window || !s.table.ports.Sink.Offer(s.entry(now, m)) {
		s.starve(now)
		return
	}
	s.table.counts.Forwarded.Add(1)
	l.next++
}

// passedOver notes that a transaction was ignored while an answer waits for its post to come back: if that is
// the rewind's, the transaction was one of those asked for.
func (s *Session) passedOver() {
	if s.log.rewind == rewindPosted && len(s.outbox.early) > 0 {
		s.log.rewind = rewindMissed
	}
}

// newEpoch: the log was erased. What had not been forwarded of the old one is gone.
func (s *Session) newEpoch(now time.Time, epoch uint32) {
	s.erased(now, s.log.epoch, s.log.next, epoch)
	s.identity.LogEpoch, s.identity.Oldest, s.identity.Newest = epoch, 1, 0
	s.log = logState{started: true, epoch: epoch, next: 1}
	s.backlog = 0
}

// mostErased is how many logs between two are reported: a controller is not believed to have had more.
const mostErased = 100

// erased reports what is gone between a place in an old log and the present one: the rest of that log, and all
// of those that came and went while nobody read them.
func (s *Session) erased(now time.Time, epoch uint32, first uint64, present uint32) {
	s.missing(now, epoch, first, 0, pb.GapCause_GAP_CAUSE_ERASED)
	for between := max(int64(epoch), int64(present)-mostErased-1) + 1; between < int64(present); between++ {
		s.missing(now, uint32(between), 1, 0, pb.GapCause_GAP_CAUSE_ERASED)
	}
}

func (s *Session) gap(now time.Time, epoch uint32, first, last uint64, cause pb.GapCause) {
	s.table.counts.Gaps.Add(1)
	attrs := []any{"log_epoch", epoch, "first", first}
	if last > 0 {
		attrs = append(attrs, "last", last)
	}
	word := strings.ToLower(strings.TrimPrefix(cause.String(), "GAP_CAUSE_"))
	s.note(slog.LevelWarn, "gap in the controller's log", append(attrs, "cause", word)...)
	s.tell(now, &pb.Event{LogEpoch: epoch,
		Body: &pb.Event_Gap{Gap: &pb.Gap{First: first, Last: last, Cause: cause}}})
}

// mostPatience is how long a session rests at most that finds no credit each time that it is its turn.
const mostPatience = 4 * time.Second

// starve leaves what comes now in the controller, until there is credit again. Where its turn was in vain, the credit is not
// for it: a full spool takes only what fills a hole. It rests then, as each turn makes the controller say a window again.
func (s *Session) starve(now time.Time) {
	s.table.counts.Stalls.Add(1)
	l := &s.log
	l.rewind = rewindStarved
	if l.next != l.starvedAt {
		l.starvedAt, l.patience = l.next, 0
		return
	}
	l.patience = min(max(2*l.patience, feedWithin), mostPatience)
	l.rests = now.Add(l.patience)
}

func (s *Session) tickRest(now time.Time) {
	if !now.Before(s.log.rests) {
		s.log.rests = time.Time{}
	}
}
