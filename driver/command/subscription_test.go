package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

var quiet = slog.New(slog.DiscardHandler)

// noKeys is the gate of a driver that asks for no signature.
var noKeys = newGate(nil, quiet)

// logged is a log to look at.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count counts the lines that contain a text.
func (l *logged) count(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// run starts a subscription and returns the end that stops it.
func run(t testing.TB, s *PubSub, commands Commands) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, commands) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// subscribed runs a subscription at address whose n controllers, from serial 1, are ready.
func subscribed(t *testing.T, address string, n int) (*PubSub, *heard) {
	t.Helper()
	s := NewPubSub(&redis.Options{Addr: address}, "", noKeys, quiet)
	h := new(heard)
	t.Cleanup(run(t, s, h))
	for serial := range n {
		s.Subscribe(uint64(serial + 1))
	}
	// Up comes with the first PONG, behind the confirmations: a test that cut the link in between would
	// count its second connection as the first one that worked.
	eventually(t, "all are ready", 10*time.Second, func() bool { return h.readyCount() == n && s.Stats().Up })
	return s, h
}

func TestCommandsAreHeardInOrder(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		const controllers, each = 5, 200
		s, h := subscribed(t, address, controllers)
		client := dialRedis(t, address)
		start := time.Now()
		for i := range each {
			for serial := range uint64(controllers) {
				publish(t, client, serial+1, fmt.Sprintf(`{"id":"%d","unlock":{"door":1}}`, i))
			}
		}
		eventually(t, "all are heard", 10*time.Second, func() bool { return len(h.all()) == controllers*each })
		next := make(map[uint64]int)
		for _, c := range h.all() {
			if c.id != fmt.Sprint(next[c.serial]) {
				t.Fatalf("controller %d heard %q instead of %d", c.serial, c.id, next[c.serial])
			}
			next[c.serial]++
			if c.bornAfter.After(c.now) || c.now.Sub(c.bornAfter) > 3*time.Second+time.Since(start) {
				t.Fatalf("heard at %v, bound %v", c.now, c.bornAfter)
			}
		}
		if stats := s.Stats(); !stats.Up || stats.Commands != controllers*each || stats.Subscribed != controllers {
			t.Errorf("%+v", stats)
		}
	})
}

func TestUnsubscribed(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		s, h := subscribed(t, address, 3)
		client := dialRedis(t, address)
		s.Unsubscribe(2)
		eventually(t, "Redis has one subscription less", 5*time.Second, func() bool {
			return client.PubSubNumSub(context.Background(), "2").Val()["2"] == 0
		})
		publish(t, client, 2, binary(t, unlock))
		publish(t, client, 3, binary(t, unlock))
		eventually(t, "the other one is heard", 5*time.Second, func() bool { return len(h.all()) > 0 })
		if got := h.all(); len(got) != 1 || got[0].serial != 3 {
			t.Errorf("heard %v", got)
		}
		s.Subscribe(2)
		eventually(t, "it is ready again", 5*time.Second, func() bool { return s.Stats().Subscribed == 3 })
		publish(t, client, 2, binary(t, unlock))
		eventually(t, "it is heard again", 5*time.Second, func() bool { return len(h.all()) == 2 })
	})
}

func TestEachSubscribeIsAnswered(t *testing.T) {
	s, h := subscribed(t, realRedis(t), 1)
	before := h.changes
	s.Subscribe(1) // a new lease of the same controller
	eventually(t, "it is told again", 5*time.Second, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.changes > before && h.ready[1]
	})
}

func TestNineThousandSubscriptions(t *testing.T) {
	address := realRedis(t)
	client := dialRedis(t, address)
	start := time.Now()
	s, h := subscribed(t, address, 9000)
	t.Logf("9,000 subscriptions confirmed after %v", time.Since(start))
	publish(t, client, 9000, binary(t, unlock))
	eventually(t, "the last one is heard", 5*time.Second, func() bool { return len(h.all()) == 1 })

	if err := client.ConfigResetStat(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	client.ClientKillByFilter(context.Background(), "TYPE", "pubsub")
	eventually(t, "all are ready again", 10*time.Second, func() bool {
		stats := s.Stats()
		return stats.Reconnects == 1 && stats.Subscribed == 9000 && h.readyCount() == 9000
	})
	usage := client.Info(context.Background(), "commandstats").Val()
	if !strings.Contains(usage, "cmdstat_subscribe:calls=1,") {
		t.Errorf("9,000 controllers were subscribed again in more than one command: %s", usage)
	}
}

func TestKilledConnection(t *testing.T) {
	address := realRedis(t)
	client := dialRedis(t, address)
	s, h := subscribed(t, address, 2)
	for i := range uint64(3) {
		if err := client.ClientKillByFilter(context.Background(), "TYPE", "pubsub").Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ready again", 5*time.Second, func() bool {
			return s.Stats().Reconnects == i+1 && h.readyCount() == 2
		})
	}
	if h.mu.Lock(); h.changes != 2+3*(2+2) {
		t.Errorf("readiness changed %d times", h.changes)
	}
	h.mu.Unlock()
	publish(t, client, 2, binary(t, unlock))
	eventually(t, "a command is heard", 5*time.Second, func() bool { return len(h.all()) == 1 })
}

func TestBadPayloads(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		var log logged
		s := NewPubSub(&redis.Options{Addr: address}, "", noKeys, slog.New(slog.NewTextHandler(&log, nil)))
		h := new(heard)
		t.Cleanup(run(t, s, h))
		s.Subscribe(1)
		eventually(t, "ready", 5*time.Second, func() bool { return h.readyCount() == 1 })
		client := dialRedis(t, address)
		for range 50 {
			publish(t, client, 1, "secret")
		}
		publish(t, client, 1, strings.Repeat("x", 900_000))
		publish(t, client, 1, `{"id":"c-1","unlock":{"door":"secret"}}`)
		publish(t, client, 1, binary(t, unlock))
		eventually(t, "the good one is heard", 5*time.Second, func() bool { return len(h.all()) == 1 })
		if stats := s.Stats(); stats.Undecodable != 51 || stats.Malformed != 1 || stats.Reconnects != 0 {
			t.Errorf("%+v", stats)
		}
		if len(h.malformed) != 1 || h.malformed[0] != "c-1" {
			t.Errorf("malformed: %q", h.malformed)
		}
		if n := log.count("can't be decoded"); n < 1 || n > 5 {
			t.Errorf("logged %d times", n)
		}
		if log.count("secret") > 0 {
			t.Error("a payload was logged")
		}
	})
}

func TestHugeReplyEndsTheConnectionOnly(t *testing.T) {
	eachRedis(t, func(t *testing.T, address string) {
		s, h := subscribed(t, address, 1)
		client := dialRedis(t, address)
		publish(t, client, 1, strings.Repeat("x", 8<<20))
		eventually(t, "a new connection", 5*time.Second, func() bool {
			return s.Stats().Reconnects == 1 && h.readyCount() == 1
		})
		publish(t, client, 1, binary(t, unlock))
		eventually(t, "a command is heard", 5*time.Second, func() bool { return len(h.all()) == 1 })
	})
}

// A server that talks another protocol, or breaks this one, is retried, and nothing worse.
func TestNoRedis(t *testing.T) {
	for _, answer := range []string{"*0\r\n", "*1\r\n:1\r\n", "*3\r\n$7\r\nmessage\r\n:1\r\n:2\r\n", "HTTP/1.1 400\r\n\r\n", "-NOAUTH no\r\n"} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			address, attempts := babbler(t, "-ERR unknown command\r\n"+strings.Repeat(answer, 3))
			s := NewPubSub(&redis.Options{Addr: address}, "", noKeys, quiet)
			stop := run(t, s, new(heard))
			s.Subscribe(1)
			<-attempts
			<-attempts
			stop()
			if s.Stats().Up {
				t.Error("it counts as Redis")
			}
		})
	}
}

// babbler is a server that says the same to everybody, whatever they ask.
func babbler(t *testing.T, says string) (address string, attempts chan struct{}) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		served.Wait()
	})
	attempts = make(chan struct{}, 100)
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer conn.Close()
				io.WriteString(conn, says)
				attempts <- struct{}{}
				_, _ = io.Copy(io.Discard, conn)
			})
		}
	})
	return l.Addr().String(), attempts
}
