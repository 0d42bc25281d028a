package command

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// tendEvery is how often a stream's group is made sure of and its end put off; keepFor is how long Redis keeps
	// a stream that nobody tends.
	tendEvery = 24 * time.Hour
	keepFor   = 7 * 24 * time.Hour
	// deadAfter is how long a consumer must have been silent to be dropped. Those that live read once a second.
	deadAfter = time.Hour
	// pendingEvery is how often to look for entries that somebody read and did not acknowledge, pendingAtOnce for how
	// many at a time.
	pendingEvery  = 10 * time.Second
	pendingAtOnce = 256
)

// tending is the replies to what a stream is due for; nil where it is not due.
type tending struct {
	group     *redis.StatusCmd
	keep      *redis.BoolCmd
	consumers *redis.XInfoConsumersCmd
	pending   *redis.XPendingExtCmd
}

// tend sees to those of the streams that it is due for: to the group, and to what was read and not acknowledged. It
// returns those of which may be read on. Only an error of the connection is returned.
func (r *reader) tend(ctx context.Context, l *line, commands Commands, streams []*stream) (good []*stream, err error) {
	now := time.Now()
	due := make(map[*stream]*tending)
	for _, s := range streams {
		if !now.Before(s.tend) || !now.Before(s.look) {
			due[s] = new(tending)
		}
	}
	if len(due) == 0 {
		return streams, nil
	}
	asked, err := l.ask(ctx, maxReplies, func(pipe redis.Pipeliner) {
		for s, t := range due {
			t.ask(ctx, pipe, r.names.of(s.serial), !now.Before(s.tend))
		}
	})
	if err != nil {
		return nil, err
	}
	for _, s := range streams {
		if t := due[s]; t == nil {
			good = append(good, s)
		} else if err := t.err(); err != nil {
			r.fault(now, commands, s, err)
		} else if err := r.tended(ctx, l, commands, s, asked, t); err != nil {
			return nil, err
		} else {
			good = append(good, s)
		}
	}
	return good, nil
}

// ask asks for the entries that are not acknowledged, and where the group is due makes sure of it first.
func (t *tending) ask(ctx context.Context, pipe redis.Pipeliner, name string, group bool) {
	if group {
		t.group = pipe.XGroupCreateMkStream(ctx, name, groupName, "0")
		t.keep = pipe.Expire(ctx, name, keepFor)
		t.consumers = pipe.XInfoConsumers(ctx, name, groupName)
	}
	t.pending = askPending(ctx, pipe, name, "-")
}

func askPending(ctx context.Context, pipe redis.Pipeliner, name, from string) *redis.XPendingExtCmd {
	return pipe.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: name, Group: groupName, Start: from, End: "+", Count: pendingAtOnce})
}

// err is the first error among the replies. That the group was there is none.
func (t *tending) err() error {
	if t.group != nil {
		if err := t.group.Err(); err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
			return err
		}
		if err := t.keep.Err(); err != nil {
			return err
		}
		if err := t.consumers.Err(); err != nil {
			return err
		}
	}
	return t.pending.Err()
}

// tended takes what was found. A process that ended leaves its name among the consumers; one that still has entries
// keeps it.
func (r *reader) tended(ctx context.Context, l *line, commands Commands, s *stream, asked stamp, t *tending) error {
	now := time.Now()
	if t.group != nil {
		s.tend = now.Add(tendEvery)
		if err := r.dropDead(ctx, l, s, t.consumers.Val()); err != nil {
			return err
		}
	}
	s.look = now.Add(pendingEvery)
	pending, err := r.allPending(ctx, l, s, t.pending.Val())
	if err != nil {
		return err
	}
	return r.lookThrough(ctx, l, commands, s, asked, pending)
}

// allPending completes what the first question brought. Each further one begins with the last entry of the one before.
func (r *reader) allPending(ctx context.Context, l *line, s *stream, first []redis.XPendingExt) ([]redis.XPendingExt, error) {
	all, last := first, first
	for len(last) == pendingAtOnce {
		var next *redis.XPendingExtCmd
		_, err := l.ask(ctx, maxReply, func(pipe redis.Pipeliner) {
			next = askPending(ctx, pipe, r.names.of(s.serial), last[len(last)-1].ID)
		})
		if err != nil || len(next.Val()) == 0 {
			return all, err
		}
		last = next.Val()
		all = append(all, last[1:]...)
	}
	return all, nil
}

func (r *reader) dropDead(ctx context.Context, l *line, s *stream, consumers []redis.XInfoConsumer) error {
	var dead []string
	for _, c := range consumers {
		if c.Pending == 0 && c.Idle >= deadAfter && c.Name != r.consumer {
			dead = append(dead, c.Name)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	_, err := l.ask(ctx, maxReplies, func(pipe redis.Pipeliner) {
		for _, name := range dead {
			pipe.XGroupDelConsumer(ctx, r.names.of(s.serial), groupName, name)
		}
	})
	return err
}
