package command

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/controller"
)

// askLimit is for dialling and for each read and write of a round trip: short, as a door waits, and
// harmless, as a claim may be asked again.
const askLimit = time.Second

// Claim is one command that is asked for: SET Name Token NX PX Keep, and GET Name behind it.
//
// The value of its key is a token that no other claim has, but all attempts of this one. So where a reply
// was lost, the next attempt, which a client of a cluster makes by itself, reads the key and recognises a claim that
// was won without knowing it.
type Claim struct {
	Name  string // of its key in Redis
	Token string
	Keep  time.Duration

	key   controller.Key
	id    string
	until time.Time // nobody waits for it any more
	won   bool      // by the last attempt
	err   error     // left the last attempt open
}

// Reply takes what an attempt brought: whether the key was set now, else what it holds, "" where that is no string;
// or an error that leaves both open.
func (c *Claim) Reply(set bool, holds string, err error) {
	c.won, c.err = err == nil && (set || holds == c.Token), err
}

// ask makes one attempt for all claims, in one round trip.
func ask(ctx context.Context, client redis.UniversalClient, claims []*Claim) {
	pipe := client.Pipeline()
	sets, gets := make([]*redis.BoolCmd, len(claims)), make([]*redis.StringCmd, len(claims))
	for i, c := range claims {
		sets[i] = pipe.SetNX(ctx, c.Name, c.Token, c.Keep)
		gets[i] = pipe.Get(ctx, c.Name)
	}
	_, _ = pipe.Exec(ctx) // each claim has its own error
	for i, c := range claims {
		set, err := sets[i].Result()
		holds := ""
		if err == nil && !set {
			holds, err = held(gets[i])
		}
		c.Reply(set, holds, err)
	}
}

// held is what a key holds, "" where that is no string: not what we set.
func held(get *redis.StringCmd) (string, error) {
	value, err := get.Result()
	var reply redis.Error
	if errors.As(err, &reply) {
		return "", nil
	}
	return value, err
}
