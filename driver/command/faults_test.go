package command

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Whatever becomes of a group or a key, what is added later is read.
func TestStreamThatIsDeletedIsMadeAnew(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, harm := range map[string]func(*redis.Client){
		"the group":  func(c *redis.Client) { c.XGroupDestroy(ctx, streamOf(1), groupName) },
		"the key":    func(c *redis.Client) { c.Del(ctx, streamOf(1)) },
		"everything": func(c *redis.Client) { c.FlushAll(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			eachRedis(t, func(t *testing.T, address string) {
				h := startHolder(t, &redis.Options{Addr: address}, "one", 2)
				client := dialRedis(t, address)
				add(t, client, 1, unlockOf("c-1"))
				eventually(t, "one is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
				harm(client)
				add(t, client, 1, unlockOf("c-2"))
				eventually(t, "the next one is read", 5*time.Second, func() bool { return len(h.all()) >= 2 })
				if got := h.all(); len(got) != 2 && name != "the group" || got[len(got)-1].id != "c-2" {
					t.Errorf("read %v", got)
				}
				for _, c := range h.all()[1:] { // an entry that is read again is not younger for that
					if c.id == "c-1" && c.bornAfter.After(h.all()[0].now) {
						t.Errorf("an old one, read at %v, counts as born after %v", h.all()[0].now, c.bornAfter)
					}
				}
				if stats := h.Stats(); stats.Reconnects != 0 || stats.Subscribed != 2 {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// A key that is no stream is one controller's trouble.
func TestKeyThatIsNoStream(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, address string) {
		ctx, client := context.Background(), dialRedis(t, address)
		client.Set(ctx, streamOf(2), "something else", 0)
		var log logged
		h := prepareHolder(&redis.Options{Addr: address}, "one")
		h.reader.log = slog.New(slog.NewTextHandler(&log, nil))
		h.run(t)
		h.Subscribe(1)
		h.Subscribe(2)
		eventually(t, "the other one is read", 5*time.Second, func() bool { return h.isReady(1) })
		add(t, client, 1, unlockOf("c-1"))
		eventually(t, "a command is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
		if stats := h.Stats(); h.isReady(2) || stats.Pending != 1 || stats.Reconnects != 0 {
			t.Errorf("%+v", stats)
		}
		if log.count("WRONGTYPE") < 1 || log.count("WRONGTYPE") > 3 || log.count("controller=2") < 1 {
			t.Errorf("log:\n%s", log.text.String())
		}
		client.Del(ctx, streamOf(2))
		eventually(t, "it is read when it is mended", 5*time.Second, func() bool { return h.isReady(2) })

		client.Del(ctx, streamOf(2))
		client.Set(ctx, streamOf(2), "something else", 0)
		eventually(t, "it is known not to be read", 5*time.Second, func() bool { return !h.isReady(2) && h.isReady(1) })
	})
}

func (h *heard) isReady(serial uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready[serial]
}

// A user that lacks a right: whatever it is, the log says so, and that what it proposes is enough.
func TestReaderWithoutARight(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	client := dialRedis(t, address)
	needed := fmt.Sprintf(mayHear+" "+mayRead, "commands:{", "commands:{")
	for _, lacking := range []string{"+info", "+time", "+xgroup", "+xinfo", "+expire", "+xpending", "+xreadgroup", "~commands:{*"} {
		t.Run(lacking, func(t *testing.T) {
			users(t, client, "driver reset on >"+password+" "+strings.Replace(needed, lacking, "", 1))
			var log logged
			h := prepareHolder(&redis.Options{Addr: address, Username: "driver", Password: password}, "one")
			h.reader.log = slog.New(slog.NewTextHandler(&log, nil))
			h.run(t)
			h.Subscribe(1)
			eventually(t, "the log says what to do", 5*time.Second, func() bool {
				return log.count("ACL SETUSER driver "+quoted(fmt.Sprintf(mayRead, "commands:{"))) > 0
			})
			if h.isReady(1) {
				t.Error("it counts as read")
			}
			users(t, client, "driver "+needed)
			eventually(t, "it is read with the right", 5*time.Second, func() bool { return h.isReady(1) })
			add(t, client, 1, unlockOf("c"))
			eventually(t, "a command is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
			h.Settled("c")
			eventually(t, "it is acknowledged", 5*time.Second, h.Cleared)
			h.stop()
		})
	}
}

// What can't be acknowledged for lack of a right is kept in mind, and done with the right.
func TestAcknowledgementThatIsRefused(t *testing.T) {
	t.Parallel()
	ctx, address := context.Background(), realRedis(t)
	client := dialRedis(t, address)
	h := startHolder(t, &redis.Options{Addr: address}, "one", 1)
	add(t, client, 1, unlockOf("c"))
	eventually(t, "it is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
	client.Do(ctx, "ACL", "SETUSER", "default", "-xack")
	h.Settled("c")
	eventually(t, "the entry is deleted", 5*time.Second, func() bool { return client.XLen(ctx, streamOf(1)).Val() == 0 })
	if h.Cleared() {
		t.Error("it counts as acknowledged")
	}
	client.Do(ctx, "ACL", "SETUSER", "default", "+xack")
	eventually(t, "it is acknowledged", 5*time.Second, h.Cleared)
}

// What nobody can be answered for is counted, dropped in Redis too, and logged without its text.
func TestBadEntries(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, address string) {
		ctx := context.Background()
		var log logged
		h := prepareHolder(&redis.Options{Addr: address}, "one")
		h.intake.log = slog.New(slog.NewTextHandler(&log, nil))
		h.run(t)
		h.Subscribe(1)
		client := dialRedis(t, address)
		for range 20 {
			add(t, client, 1, "secret")
		}
		client.XAdd(ctx, &redis.XAddArgs{Stream: streamOf(1), Values: []any{"another field", "secret"}})
		add(t, client, 1, strings.Repeat("x", 900_000))
		add(t, client, 1, `{"id":"c-1","unlock":{"door":"secret"}}`)
		add(t, client, 1, unlockOf("c-2"))
		eventually(t, "the good one is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
		h.wantAnswers(t, time.Second, "c-1 REFUSED")
		if stats := h.Stats(); stats.Undecodable != 22 || stats.Malformed != 1 || stats.Reconnects != 0 {
			t.Errorf("%+v", stats)
		}
		eventually(t, "Redis keeps only what is not settled", 5*time.Second, func() bool {
			return client.XLen(ctx, streamOf(1)).Val() == 2
		})
		if n := log.count("can't be decoded"); n < 1 || n > 5 || log.count("secret") > 0 {
			t.Errorf("log:\n%s", log.text.String())
		}
	})
}

// An entry that nobody would want to read whole ends the connection, twice, and not the service.
func TestHugeEntry(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	awaitUptime(t, address)
	h := startHolder(t, &redis.Options{Addr: address}, "one", 3)
	client := dialRedis(t, address)
	add(t, client, 1, unlockOf("before"))
	for range 2 {
		add(t, client, 1, strings.Repeat("x", maxReplies+1))
	}
	add(t, client, 1, unlockOf("behind"))
	eventually(t, "the others are read", 20*time.Second, func() bool { return len(h.all()) == 2 && h.readyCount() == 3 })
	if stats := h.Stats(); stats.Undecodable != 2 || stats.Reconnects > 6 {
		t.Errorf("%+v", stats)
	}
	eventually(t, "Redis has let go of it", 5*time.Second, func() bool {
		return client.XLen(context.Background(), streamOf(1)).Val() == 2
	})
}

// A server that talks another protocol, or breaks this one, is retried, and nothing worse.
func TestNoStreams(t *testing.T) {
	for _, answer := range []string{"*0\r\n", "*1\r\n:1\r\n", ":1\r\n", "$18\r\nuptime_in_seconds:\r\n", "HTTP/1.1 400\r\n\r\n", "-NOAUTH no\r\n", "+OK\r\n"} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			address, attempts := babbler(t, "-ERR unknown command\r\n$19\r\nuptime_in_seconds:7\r\n"+strings.Repeat(answer, 30))
			h := prepareHolder(&redis.Options{Addr: address}, "one")
			h.run(t)
			h.Subscribe(1)
			<-attempts
			<-attempts
			h.stop()
			if h.isReady(1) {
				t.Error("it counts as read")
			}
		})
	}
}
