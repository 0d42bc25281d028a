package command

import (
	"testing"

	"pgregory.net/rapid"
)

// Redis, as far as it matters here: it carries out what was sent in order, and confirms each.
type redisChannels struct {
	subscribed map[uint64]bool
	sent       []change // not carried out yet
	confirmed  []change // carried out, the confirmation under way
}

type change struct {
	serial    uint64
	subscribe bool
}

// However wishes, sending, confirmations and cuts follow each other: ready is said only of what Redis
// hears now and what is wanted, and in the end exactly what is wanted is heard and ready.
func TestChannelsAgainstRedis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := channels{of: make(map[uint64]*channel)}
		redis := redisChannels{subscribed: make(map[uint64]bool)}
		wanted := make(map[uint64]bool)
		send := func(*rapid.T) {
			subscribe, unsubscribe := c.take()
			for _, serial := range unsubscribe {
				redis.sent = append(redis.sent, change{serial, false})
			}
			for _, serial := range subscribe {
				redis.sent = append(redis.sent, change{serial, true})
			}
		}
		carryOut := func(*rapid.T) {
			if len(redis.sent) > 0 {
				next := redis.sent[0]
				redis.sent = redis.sent[1:]
				redis.subscribed[next.serial] = next.subscribe
				redis.confirmed = append(redis.confirmed, next)
			}
		}
		confirm := func(t *rapid.T) {
			if len(redis.confirmed) == 0 {
				return
			}
			next := redis.confirmed[0]
			redis.confirmed = redis.confirmed[1:]
			if ready := c.confirm(next.serial); ready && !(wanted[next.serial] && redis.subscribed[next.serial]) {
				t.Fatalf("%d is called ready", next.serial)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"want": func(t *rapid.T) {
				serial, want := rapid.Uint64Range(1, 2).Draw(t, "serial"), rapid.Bool().Draw(t, "want")
				wanted[serial] = want
				c.want(serial, want)
				if rapid.Bool().Draw(t, "send at once") {
					send(t)
				}
			},
			"send":      send,
			"carry out": carryOut,
			"confirm":   confirm,
			"cut": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
					c.cut()
					redis = redisChannels{subscribed: make(map[uint64]bool)}
				}
			},
		})
		for send(t); len(redis.sent)+len(redis.confirmed) > 0; {
			carryOut(t)
			confirm(t)
		}
		for serial := range uint64(4) {
			ch := c.of[serial]
			if ready := ch != nil && ch.ready; ready != wanted[serial] || redis.subscribed[serial] != wanted[serial] {
				t.Errorf("%d: wanted %v, subscribed %v, ready %v", serial, wanted[serial], redis.subscribed[serial], ready)
			}
			if ch != nil && !wanted[serial] {
				t.Errorf("%d is kept for nothing", serial)
			}
		}
	})
}

func TestPendingIsCoalesced(t *testing.T) {
	c := channels{of: make(map[uint64]*channel)}
	for serial := range uint64(9000) {
		c.want(serial, true)
		c.want(serial, false)
		c.want(serial, serial%2 == 0)
	}
	subscribe, unsubscribe := c.take()
	if len(subscribe) != 4500 || len(unsubscribe) != 0 || len(c.of) != 4500 {
		t.Errorf("%d to subscribe, %d to unsubscribe, %d kept", len(subscribe), len(unsubscribe), len(c.of))
	}
}
