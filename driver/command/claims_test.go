package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/controller"
)

// claimed records the outcomes of claims.
type claimed struct {
	mu       sync.Mutex
	outcomes map[string][]outcome
	total    int
}

type outcome struct {
	won bool
	err error
	at  time.Time
}

func (c *claimed) Claimed(now time.Time, _ controller.Key, id string, won bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outcomes == nil {
		c.outcomes = make(map[string][]outcome)
	}
	c.outcomes[id] = append(c.outcomes[id], outcome{won, err, now})
	c.total++
}

func (c *claimed) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// await waits for n outcomes and returns those of an id.
func (c *claimed) await(t testing.TB, n int, within time.Duration, id string) []outcome {
	t.Helper()
	eventually(t, fmt.Sprint(n, " claims are answered"), within, func() bool { return c.count() >= n })
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outcomes[id]
}

func runClaims(t testing.TB, options *redis.Options, instance string, log *slog.Logger) (*Claims, *claimed) {
	return runClaimsAt(t, options, false, instance, log)
}

func runClaimsAt(t testing.TB, options *redis.Options, cluster bool, instance string, log *slog.Logger) (*Claims, *claimed) {
	c := NewClaims(options, cluster, "", instance, log)
	ctx, cancel := context.WithCancel(context.Background())
	outcomes := new(claimed)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, outcomes) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return c, outcomes
}

func TestOneOfSeveralClaimsWins(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		const processes, commands = 4, 300
		var all [processes]*claimed
		var start sync.WaitGroup
		for i := range processes {
			c, outcomes := runClaims(t, &redis.Options{Addr: address}, fmt.Sprint("process", i), quiet)
			all[i] = outcomes
			start.Go(func() {
				for id := range commands {
					c.Claim(controller.Key{}, fmt.Sprint(id), time.Minute)
				}
			})
		}
		start.Wait()
		winners := make(map[string]int)
		for _, outcomes := range all {
			outcomes.await(t, commands, 10*time.Second, "")
			for id, answers := range outcomes.outcomes {
				if len(answers) != 1 || answers[0].err != nil {
					t.Fatalf("claim of %s: %+v", id, answers)
				}
				if answers[0].won {
					winners[id]++
				}
			}
		}
		for id := range commands {
			if winners[fmt.Sprint(id)] != 1 {
				t.Errorf("command %d was won %d times", id, winners[fmt.Sprint(id)])
			}
		}
		left := dialRedis(t, address).PTTL(context.Background(), "claim:0").Val()
		if left <= 0 || left > time.Minute {
			t.Errorf("the claim is kept for %v", left)
		}
	})
}

// The same process may hear a command twice, and claims it twice: it is run once all the same.
func TestSecondClaimOfOneProcessLoses(t *testing.T) {
	c, outcomes := runClaims(t, &redis.Options{Addr: miniredis.RunT(t).Addr()}, "process", quiet)
	for n := range 2 {
		c.Claim(controller.Key{}, "c-1", time.Minute)
		if got := outcomes.await(t, n+1, 5*time.Second, "c-1"); got[n].won != (n == 0) {
			t.Errorf("claim %d: %+v", n, got[n])
		}
	}
}

// The reply to a claim is lost with its connection. The next attempt must find out that the key is there
// because this very claim set it, or another one.
func TestLostReply(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		client := dialRedis(t, address)
		w := newWire(t, func() (net.Conn, error) { return net.Dial("tcp", address) })
		c, outcomes := runClaims(t, &redis.Options{Addr: w.listen(t)}, "process", quiet)
		c.Claim(controller.Key{}, "first", time.Minute) // the connection stands
		outcomes.await(t, 1, 5*time.Second, "first")

		client.Set(context.Background(), "claim:other", "somebody else", time.Minute)
		client.LPush(context.Background(), "claim:list", "no claim at all")
		w.hold(fromRedis)
		for _, id := range []string{"own", "other", "first", "list"} {
			c.Claim(controller.Key{}, id, time.Minute)
		}
		eventually(t, "Redis has the claim", 5*time.Second, func() bool {
			return client.Exists(context.Background(), "claim:own").Val() == 1
		})
		w.cut()
		w.release()
		outcomes.await(t, 5, 10*time.Second, "")
		for id, want := range map[string]bool{"own": true, "other": false, "list": false} {
			if got := outcomes.outcomes[id]; len(got) != 1 || got[0].won != want || got[0].err != nil {
				t.Errorf("%s: %+v, want won %v", id, got, want)
			}
		}
		if got := outcomes.outcomes["first"]; len(got) != 2 || got[1].won {
			t.Errorf("the second claim of one id: %+v", got)
		}
		if stats := c.Stats(); stats.Repeated == 0 || stats.Open != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

// claimBubble runs a test on fake time, with claims through a wire.
func claimBubble(t *testing.T, test func(t *testing.T, server *miniredis.Miniredis, w *wire, c *Claims, outcomes *claimed, log *logged)) {
	synctest.Test(t, func(t *testing.T) {
		server := miniredis.NewMiniRedis()
		t.Cleanup(server.Close)
		w := newWire(t, server.Dial)
		var log logged
		c, outcomes := runClaims(t, &redis.Options{Addr: "127.0.0.1:1", Dialer: w.Dial}, "process", slog.New(slog.NewTextHandler(&log, nil)))
		test(t, server, w, c, outcomes, &log)
	})
}

func TestClaimsWhileRedisIsAway(t *testing.T) {
	claimBubble(t, func(t *testing.T, _ *miniredis.Miniredis, w *wire, c *Claims, outcomes *claimed, log *logged) {
		w.refusing(true)
		start := time.Now()
		c.Claim(controller.Key{}, "short", 12*time.Second)
		c.Claim(controller.Key{}, "long", time.Minute)
		got := outcomes.await(t, 1, 20*time.Second, "short")
		if gaveUp := got[0].at.Sub(start); got[0].err == nil || gaveUp < 12*time.Second || gaveUp > 17*time.Second {
			t.Errorf("gave up after %v: %v", gaveUp, got[0].err)
		}
		w.refusing(false)
		if got := outcomes.await(t, 2, 5*time.Second, "long"); !got[0].won {
			t.Errorf("%+v", got)
		}
		if log.count("trying again") != 1 || log.count("again\" dur") != 1 {
			t.Errorf("log:\n%s", log.text.String())
		}
	})
}

func TestHalfOpenLinkDelaysAClaimLittle(t *testing.T) {
	claimBubble(t, func(t *testing.T, _ *miniredis.Miniredis, w *wire, c *Claims, outcomes *claimed, _ *logged) {
		c.Claim(controller.Key{}, "first", time.Minute)
		outcomes.await(t, 1, time.Second, "")
		w.hold(fromRedis)
		time.AfterFunc(askLimit, w.release)
		c.Claim(controller.Key{}, "second", time.Minute)
		if got := outcomes.await(t, 2, 3*time.Second, "second"); !got[0].won {
			t.Errorf("%+v", got)
		}
	})
}

// A Redis that answers with errors (loading, read-only, out of memory) is asked again.
func TestRedisThatAnswersErrors(t *testing.T) {
	claimBubble(t, func(t *testing.T, server *miniredis.Miniredis, _ *wire, c *Claims, outcomes *claimed, _ *logged) {
		c.Claim(controller.Key{}, "first", time.Minute)
		outcomes.await(t, 1, time.Second, "")
		server.SetError("LOADING Redis is loading the dataset in memory")
		c.Claim(controller.Key{}, "second", time.Minute)
		c.Claim(controller.Key{}, "third", time.Second)
		got := outcomes.await(t, 2, 10*time.Second, "third")
		var reply redis.Error
		if !errors.As(got[0].err, &reply) {
			t.Errorf("%+v", got)
		}
		server.SetError("")
		if got := outcomes.await(t, 3, 5*time.Second, "second"); !got[0].won {
			t.Errorf("%+v", got)
		}
	})
}
