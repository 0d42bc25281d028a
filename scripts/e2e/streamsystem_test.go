package e2e

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// streamSystem is a system in which commands come through streams, with one driver and one panel.
type streamSystem struct {
	*system
	fleet *fleet
}

// startStreams runs one, with a Redis that forgets nothing when it is killed.
func startStreams(t *testing.T) *streamSystem {
	t.Helper()
	s := &system{redis: startRedis(t, freePort(t), "--dir", t.TempDir(), "--appendonly", "yes", "--appendfsync", "always")}
	s.app = anApp(t, s.redis.port)
	s.app.flags = []string{"-command-source", "streams"}
	s.app.start(t)
	d := aDriver(t, s.app.port, s.redis.port, "COMMAND_SOURCE=streams").start(t)
	d.awaitReady()
	s.drivers = []*driver{d}
	f := startFleet(t, loopback(d.port), 1, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panel is online", func() error { return s.app.hasOnline(1) })
	// It tells its age in whole seconds, so what is added right behind its start counts as added before.
	eventually(t, 10*time.Second, "Redis is older than what is added", func() error { return s.redis.older(3) })
	return &streamSystem{s, f}
}

// older fails until Redis has run for so many seconds.
func (r *redisServer) older(seconds int) error {
	age := r.client.InfoMap(context.Background(), "server").Item("Server", "uptime_in_seconds")
	if n, err := strconv.Atoi(age); err != nil || n < seconds {
		return fmt.Errorf("it is %q", age)
	}
	return nil
}

func unlockFor2s(id string) string { return `{"id":"` + id + `","ttlMs":2000,"unlock":{"door":1}}` }

func streamOf(serial uint64) string { return fmt.Sprintf("commands:{%d}", serial) }

// add leaves a command in a controller's stream, as redis-cli XADD.
func (r *redisServer) add(t *testing.T, serial uint64, payload string) {
	t.Helper()
	err := r.client.XAdd(context.Background(), &redis.XAddArgs{Stream: streamOf(serial), Values: []any{"command", payload}}).Err()
	if err != nil {
		t.Fatal(err)
	}
}

// keeps fails unless a controller's stream has so many commands, and as many that were read and not acknowledged.
func (r *redisServer) keeps(serial uint64, commands int64) error {
	length := r.client.XLen(context.Background(), streamOf(serial)).Val()
	pending, err := r.client.XPending(context.Background(), streamOf(serial), "mercury").Result()
	if err != nil {
		return err
	}
	if length != commands || pending.Count != commands {
		return fmt.Errorf("it keeps %d, of which %d were read", length, pending.Count)
	}
	return nil
}

// may gives everybody rights in Redis, as +set, or takes them.
func (r *redisServer) may(t *testing.T, rights ...string) {
	t.Helper()
	for _, right := range rights {
		if err := r.client.Do(context.Background(), "ACL", "SETUSER", "default", right).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// haveEnded fails unless these commands by hand have ended so: an id and an outcome in turn.
func (a *app) haveEnded(all ...string) error {
	for i := 0; i < len(all); i += 2 {
		if err := a.ended(all[i], all[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// firstEnd is the outcome that the app stored of a command before any other.
func (a *app) firstEnd(t *testing.T, id string) (outcome string) {
	t.Helper()
	err := a.stored.QueryRow(`SELECT outcome FROM results WHERE id = ? ORDER BY rowid LIMIT 1`, id).Scan(&outcome)
	if err != nil {
		t.Errorf("the end of %s: %v", id, err)
	}
	return outcome
}
