package command

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// bubble runs a test on fake time, with a subscription to controllers 1 and 2 through a wire.
func bubble(t *testing.T, test func(t *testing.T, b *bubbled)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubbled{server: miniredis.NewMiniRedis()}
		defer b.server.Close()
		b.wire = newWire(t, b.server.Dial)
		b.PubSub = NewPubSub(&redis.Options{Addr: "127.0.0.1:1", Dialer: b.wire.Dial}, "", noKeys, slog.New(slog.NewTextHandler(&b.log, nil)))
		stop := run(t, b.PubSub, &b.heard)
		defer stop()
		b.Subscribe(1)
		b.Subscribe(2)
		test(t, b)
		end := time.Now()
		if stop(); time.Since(end) > 0 {
			t.Errorf("it took %v to end", time.Since(end))
		}
	})
}

type bubbled struct {
	*PubSub
	server *miniredis.Miniredis
	wire   *wire
	heard  heard
	log    logged
}

func (b *bubbled) awaitReady(t *testing.T, n int, within time.Duration) (after time.Duration) {
	t.Helper()
	start := time.Now()
	eventually(t, strconv.Itoa(n)+" are ready", within, func() bool { return b.heard.readyCount() == n })
	return time.Since(start)
}

func TestHalfOpenLinkIsNoticedWithinFiveSeconds(t *testing.T) {
	for name, ways := range map[string][]int{
		"both ways":            {toRedis, fromRedis},
		"only towards Redis":   {toRedis},
		"only what Redis says": {fromRedis},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bubbled) {
				b.awaitReady(t, 2, time.Second)
				time.Sleep(time.Minute + rand.N(time.Second))
				if b.heard.changes != 2 {
					t.Fatalf("%d changes on a good link", b.heard.changes)
				}
				b.wire.hold(ways...)
				t.Logf("noticed after %v", b.awaitReady(t, 0, 5*time.Second))
				b.wire.release()
				b.awaitReady(t, 2, 10*time.Second)
				if stats := b.Stats(); stats.Reconnects != 1 || !stats.Up {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// The same on real sockets and in real time.
func TestHalfOpenLinkOnTCP(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	w := newWire(t, func() (net.Conn, error) { return net.Dial("tcp", address) })
	s, h := subscribed(t, w.listen(t), 2)
	w.hold(toRedis, fromRedis)
	eventually(t, "it is noticed", 5*time.Second, func() bool { return h.readyCount() == 0 && !s.Stats().Up })
	w.release()
	eventually(t, "ready again", 10*time.Second, func() bool { return h.readyCount() == 2 && s.Stats().Reconnects == 1 })
	publish(t, dialRedis(t, address), 1, binary(t, unlock))
	eventually(t, "a command is heard", 5*time.Second, func() bool { return len(h.all()) == 1 })
}

func TestAbsentRedisIsReportedOnceACause(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		b.awaitReady(t, 2, time.Second)
		b.wire.refusing(true)
		b.wire.cut()
		b.awaitReady(t, 0, time.Second)
		before := b.wire.dialled()
		time.Sleep(time.Minute)
		if n := b.wire.dialled() - before; n < 20 || n > 60 {
			t.Errorf("%d attempts in a minute", n)
		}
		b.wire.refusing(false)
		b.awaitReady(t, 2, 4*time.Second)
		const warning = `level=WARN msg="no connection to Redis, so no command is heard; trying again" addr=127.0.0.1:1 err=`
		for _, cause := range []string{"EOF", "use of closed network connection"} { // the cut, and the refused dials
			if n := b.log.count(warning); n != 2 || b.log.count(cause) != 1 {
				t.Errorf("%d warnings %q, %d of them for %q", n, warning, b.log.count(cause), cause)
			}
		}
		if n := b.log.count("commands are heard"); n != 2 {
			t.Errorf("%d good news", n)
		}
	})
}

// A dialler that never comes back, as one that waits for the other half of a handshake, is given up in time.
func TestDialThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		hang := func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		stop := run(t, NewPubSub(&redis.Options{Addr: "127.0.0.1:1", Dialer: hang}, "", noKeys, quiet), new(heard))
		time.Sleep(10 * stepLimit)
		if n := dials.Load(); n < 5 || n > 10 {
			t.Errorf("dialled %d times in %v", n, 10*stepLimit)
		}
		stop()
	})
}

// A connection that breaks as soon as it stands is not dialled in a tight circle.
func TestFlappingLink(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if b.Stats().Up {
				b.wire.cut()
			}
		}
		if n := b.wire.dialled(); n < 20 || n > 60 {
			t.Errorf("%d attempts in a minute", n)
		}
		b.awaitReady(t, 2, 4*time.Second)
		time.Sleep(time.Minute)
		b.wire.cut()
		b.awaitReady(t, 0, time.Second)
		if after := b.awaitReady(t, 2, time.Second); after > 100*time.Millisecond {
			t.Errorf("after a good minute it took %v to be back", after)
		}
	})
}

// Whatever is held back on the way, nothing is believed to be younger than it is; and while nothing is,
// the bound is about a second tight.
func TestAgeBound(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		b.awaitReady(t, 2, time.Second)
		random := rand.New(rand.NewPCG(1, 2))
		published := make(map[string]time.Time)
		held := make(map[string]bool)
		for i := range 500 {
			id := strconv.Itoa(i)
			published[id] = time.Now()
			b.server.Publish("1", `{"id":"`+id+`","unlock":{"door":1}}`)
			switch random.IntN(4) {
			case 0:
				b.wire.hold(fromRedis)
			case 1:
				b.wire.hold(toRedis)
			case 2:
				b.wire.release()
			}
			held[id] = b.wire.holding()
			time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second))))
		}
		b.wire.release()
		time.Sleep(time.Second)
		if len(b.heard.all()) < 100 {
			t.Fatalf("only %d were heard", len(b.heard.all()))
		}
		oldest := time.Duration(0)
		for _, c := range b.heard.all() {
			born := published[c.id]
			if c.bornAfter.After(born) {
				t.Errorf("%s: published at %v, bound %v", c.id, born, c.bornAfter)
			}
			if oldest = max(oldest, c.now.Sub(born)); !held[c.id] && c.now.Sub(c.bornAfter) > silenceLimit {
				t.Errorf("%s: heard at once and thought to be %v old", c.id, c.now.Sub(c.bornAfter))
			}
		}
		if oldest < time.Second {
			t.Errorf("the oldest was %v old: nothing was held back", oldest)
		}
	})
}

// A link stays broken: it never becomes another connection by itself, whose messages the old one's pings
// would vouch for.
func TestBrokenLinkStaysBroken(t *testing.T) {
	ctx := context.Background()
	w := newWire(t, miniredis.RunT(t).Dial)
	options := &redis.Options{Addr: "127.0.0.1:1", Dialer: w.Dial}
	l, h := newLink(ctx, options, false), NewPubSub(options, "", noKeys, quiet).Open(time.Now(), new(heard))
	defer l.close()
	if err := l.ping(ctx, h); err != nil {
		t.Fatal(err)
	}
	if reply, err := l.receive(ctx, h.Deadline()); err != nil {
		t.Fatalf("%v, %v", reply, err)
	}
	w.cut()
	eventually(t, "a ping fails", 5*time.Second, func() bool { return l.ping(ctx, h) != nil })
	for range 3 {
		if reply, err := l.receive(ctx, h.Deadline()); err == nil {
			t.Errorf("received %v", reply)
		}
		h.Subscribe(1)
		if l.ping(ctx, h) == nil || l.send(ctx, h) == nil {
			t.Error("something could be sent")
		}
	}
	if n := w.dialled(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
