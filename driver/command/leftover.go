package command

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/controller"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// leftover is an entry that another process read and did not acknowledge. It may have been posted, so it never will be
// here. Its reader has the time that every process has for an answer; then it is answered by us.
type leftover struct {
	id      string // of the command
	at      time.Time
	outcome pb.Outcome
	reason  string
}

// settleWithin is how long an answer may be on its way to the vendor app, and its acknowledgement to Redis.
const settleWithin = time.Second

// lookThrough sees to the entries of a stream that are not acknowledged. Most are those that this process is about to
// answer; what it was given and never got, as the connection broke, it takes now.
func (r *reader) lookThrough(ctx context.Context, l *line, commands Commands, s *stream, asked stamp, pending []redis.XPendingExt) error {
	left := make(map[string]leftover)
	for _, p := range pending {
		e := entry{s.serial, p.ID}
		if r.ledger.knows(e) {
			continue
		}
		o, known := s.left[p.ID]
		if !known {
			m, err := r.fetch(ctx, l, e)
			switch {
			case err != nil:
				return err
			case m == nil: // trimmed
				r.ledger.discard(e)
				continue
			case p.Consumer == r.consumer && p.RetryCount == 1:
				r.deliver(time.Now(), l, commands, s, asked, *m)
				continue
			}
			if o, known = r.judge(s, asked, p, *m); !known {
				continue
			}
		}
		if now := time.Now(); now.Before(o.at) || !commands.Takes(now, s.serial) {
			left[p.ID] = o
			s.look = time.Time{}
			continue
		}
		if err := r.takeOver(ctx, l, commands, e, o); err != nil {
			return err
		}
	}
	s.left = left
	return nil
}

// fetch reads one entry by its id; nil when it is not there any more. One that is too long to be read is
// discarded: it would end every connection.
func (r *reader) fetch(ctx context.Context, l *line, e entry) (*redis.XMessage, error) {
	var found *redis.XMessageSliceCmd
	_, err := l.ask(ctx, maxReply, func(pipe redis.Pipeliner) {
		found = pipe.XRange(ctx, r.names.of(e.serial), e.id, e.id)
	})
	if errors.Is(err, errLongReply) {
		r.intake.complain(e.serial, maxReply, errTooLong)
		r.ledger.discard(e)
	}
	if err != nil || len(found.Val()) == 0 {
		return nil, err
	}
	return &found.Val()[0], nil
}

// judge decides how and when an entry ends that another process read. It reports false for one that nobody can be
// answered for.
func (r *reader) judge(s *stream, asked stamp, p redis.XPendingExt, m redis.XMessage) (leftover, bool) {
	now := time.Now()
	payload, _ := m.Values[field].(string)
	c, id, err := r.intake.peek(now, s.serial, payload)
	if id == "" {
		r.ledger.discard(entry{s.serial, m.ID})
		return leftover{}, false
	}
	if err != nil {
		return leftover{id, now.Add(r.grace), pb.Outcome_OUTCOME_REFUSED, err.Error()}, true
	}
	age, ok := asked.age(m.ID)
	good := controller.GoodFor(c)
	o := leftover{id, now.Add(good + r.grace - max(age, 0)), pb.Outcome_OUTCOME_UNKNOWN,
		"another process read it and did not say how it ended"}
	if ok && p.RetryCount == 1 && age-p.Idle >= good {
		o.outcome, o.reason = pb.Outcome_OUTCOME_EXPIRED, "it was too old when it was read"
	}
	return o, true
}

// takeOver makes an entry this process's, and answers it. An entry that was acknowledged meanwhile is left alone.
func (r *reader) takeOver(ctx context.Context, l *line, commands Commands, e entry, o leftover) error {
	var claimed *redis.XMessageSliceCmd
	_, err := l.ask(ctx, maxReply, func(pipe redis.Pipeliner) {
		claimed = pipe.XClaim(ctx, &redis.XClaimArgs{Stream: r.names.of(e.serial), Group: groupName,
			Consumer: r.consumer, Messages: []string{e.id}})
	})
	if err != nil || len(claimed.Val()) == 0 {
		return err
	}
	r.ledger.enter(e, o.id)
	commands.Answer(time.Now(), e.serial, o.id, o.outcome, o.reason)
	return nil
}
