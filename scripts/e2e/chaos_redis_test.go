//go:build chaos

package e2e

import (
	"context"
	"testing"
	"time"
)

// Redis loses its connections, and then itself, while commands come.
func TestChaosRedisUnderLoad(t *testing.T) {
	const panels = 20
	s := startSystem(t, 2)
	f := startFleet(t, startBalancer(t, s.drivers, fewest), panels, "-scenario", "idle")
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))
	o := (&orders{panels: panels, forgiving: true}).start(t, s)
	rounds := scaled(3, 1)
	for n := range rounds {
		for _, kind := range []string{"pubsub", "normal"} {
			tell(t, "CLIENT KILL TYPE %s, %d of %d", kind, n+1, rounds)
			killed := s.redis.killClients(t, kind)
			within(t, "all carry out commands after CLIENT KILL", 5*time.Second, killed, s.served(panels))
		}
		tell(t, "kill -9 of Redis, %d of %d", n+1, rounds)
		s.redis.kill()
		since := time.Now()
		s.redis.start(t)
		within(t, "all carry out commands after a restart of Redis", 10*time.Second, since, s.served(panels))
	}
	sent := o.end()
	for _, d := range s.drivers {
		if n := d.metric("mercury_redis_reconnects_total"); n < 2*rounds {
			t.Errorf("%s counts %d reconnects, want %d or more", d.name, n, 2*rounds)
		}
	}
	f.settle(20 * time.Second)
	eventually(t, 15*time.Second, "the app has ended all commands", s.app.endedAll)
	v := s.judge(t, f, sent)
	if v.Outcomes["done"] < 3*panels*rounds {
		t.Errorf("too little happened: %v", v.Outcomes)
	}
}

// killClients ends all connections of a kind, pubsub or normal, but the one that asks.
func (r *redisServer) killClients(t *testing.T, kind string) (since time.Time) {
	t.Helper()
	if err := r.client.Do(context.Background(), "CLIENT", "KILL", "TYPE", kind).Err(); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}
