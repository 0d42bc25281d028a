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

// claim is one command that is asked for.
//
// The value of its key is a token that no other claim has, but all attempts of this one. So where a reply
// was lost, the next attempt, which a client of a cluster makes by itself, reads the key and recognises a claim that
// was won without knowing it.
type claim struct {
	key   controller.Key
	id    string
	token string
	keep  time.Duration
	until time.Time // nobody waits for it any more

	set *redis.BoolCmd // the last attempt
	get *redis.StringCmd
}

// ask makes one attempt for all claims, in one round trip. What became of each its outcome tells.
func ask(ctx context.Context, client redis.UniversalClient, prefix string, claims []*claim) {
	pipe := client.Pipeline()
	for _, c := range claims {
		c.set = pipe.SetNX(ctx, prefix+c.id, c.token, c.keep)
		c.get = pipe.Get(ctx, prefix+c.id)
	}
	_, _ = pipe.Exec(ctx) // each claim has its own error
}

// outcome is what the last attempt said; an error leaves it open.
func (c *claim) outcome() (won bool, err error) {
	won, err = c.set.Result()
	if err != nil || won {
		return won, err
	}
	var reply redis.Error
	switch value, err := c.get.Result(); {
	case err == nil:
		return value == c.token, nil
	case errors.As(err, &reply): // no string is there: not what we set
		return false, nil
	default:
		return false, err
	}
}
