package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	pb "mercury-driver/proto/mercury/driver/v1"
)

const (
	// readAtOnce is how many entries of one stream are read at a time, streamsAtOnce of how many in a round trip.
	readAtOnce    = 16
	streamsAtOnce = 128
	// maxReplies bounds one such round trip, in bytes: twice what payloads of maxPayload make.
	maxReplies = 2 * readAtOnce * streamsAtOnce * maxPayload
)

// read takes the next entries of streamsAtOnce streams at most. Only an error of the connection is returned.
func (r *reader) read(ctx context.Context, l *line, commands Commands, streams []*stream) error {
	good, err := r.tend(ctx, l, commands, streams)
	if err != nil || len(good) == 0 {
		return err
	}
	replies := make([]*redis.XStreamSliceCmd, len(good))
	asked, err := l.ask(ctx, maxReplies, func(pipe redis.Pipeliner) {
		for i, s := range good {
			replies[i] = pipe.XReadGroup(ctx, &redis.XReadGroupArgs{Group: groupName, Consumer: r.consumer,
				Streams: []string{r.names.of(s.serial), ">"}, Count: readAtOnce, Block: -1})
		}
	})
	if err != nil {
		return err
	}
	for i, s := range good {
		r.take(l, commands, s, asked, replies[i])
	}
	return nil
}

// take hands on what was read of one stream.
func (r *reader) take(l *line, commands Commands, s *stream, asked stamp, reply *redis.XStreamSliceCmd) {
	now := time.Now()
	if err := reply.Err(); err != nil && !errors.Is(err, redis.Nil) {
		r.fault(now, commands, s, err)
		return
	}
	var entries []redis.XMessage
	for _, stream := range reply.Val() {
		entries = stream.Messages
	}
	for _, m := range entries {
		r.deliver(now, l, commands, s, asked, m)
	}
	if len(entries) < readAtOnce {
		s.emptied = asked.sent
	} else {
		r.ring(s.serial)
	}
	r.setReady(now, commands, s, true)
}

// deliver hands on one entry that nobody has read before. Redis may be wrong about that, where the group was deleted
// or turned back: what this process has read already it is about to answer.
func (r *reader) deliver(now time.Time, l *line, commands Commands, s *stream, asked stamp, m redis.XMessage) {
	e := entry{s.serial, m.ID}
	if r.ledger.knows(e) {
		return
	}
	payload, _ := m.Values[field].(string)
	age, _ := asked.age(m.ID)
	c, id, err := r.intake.read(commands, now, s.waited(now, age), s.serial, payload)
	if id == "" {
		r.ledger.discard(e)
		return
	}
	r.ledger.enter(e, id)
	born := asked.bornAfter(m.ID)
	switch {
	case err != nil:
		commands.Answer(now, s.serial, id, pb.Outcome_OUTCOME_REFUSED, err.Error())
	case s.emptied.IsZero() && !born.IsZero() && born.Before(l.started):
		commands.Answer(now, s.serial, id, pb.Outcome_OUTCOME_UNKNOWN,
			"Redis was started anew since, and may have forgotten who read it")
	default:
		commands.SoleCommand(now, s.serial, c, older(born, s.emptied))
	}
}

// waited is how long an entry has waited in Redis that is so old by its id: who added it may have chosen that, but not
// before the stream was read to its end.
func (s *stream) waited(now time.Time, age time.Duration) time.Duration {
	if s.emptied.IsZero() {
		return age
	}
	return min(age, now.Sub(s.emptied))
}

// older is the bound of an entry's age that rests on less. An entry was added after the last time that its stream was
// read to the end, whatever the clocks say; by Redis's clock it may be older, where somebody turned the group back, or
// younger, where somebody turned the clock back. Until a stream was read to its end that clock is all there is.
func older(byClock, emptied time.Time) time.Time {
	if emptied.IsZero() || !byClock.IsZero() && byClock.Before(emptied) {
		return byClock
	}
	return emptied
}

// fault takes a stream that Redis refuses: others go on, and it is tried again with the next sweep.
func (r *reader) fault(now time.Time, commands Commands, s *stream, err error) {
	s.tend, s.emptied = time.Time{}, time.Time{}
	if redis.HasErrorPrefix(err, "NOGROUP") { // it ran out, or was deleted
		r.ring(s.serial)
		return
	}
	r.setReady(now, commands, s, false)
	if now.Sub(s.told) >= tellFaultEvery && r.faults.due(now) {
		s.told = now
		r.log.Error("a controller's commands can't be read from Redis", "controller", s.serial,
			"key", r.names.of(s.serial), "err", explain(ofCluster(ofAnotherKind(err)), r.options, mayRead, r.names.before))
	}
}

// tellFaultEvery is how often the fault of one stream is logged while it lasts.
const tellFaultEvery = time.Minute

// ofAnotherKind says of a key that holds no stream how it may become one; other errors stay as they are.
func ofAnotherKind(err error) error {
	if !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return err
	}
	return fmt.Errorf("there is something else than a stream in that key: DEL it in Redis, or set another REDIS_PREFIX (%w)", err)
}
