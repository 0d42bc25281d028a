package command

import (
	"log/slog"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// streamBubble runs a test on fake time, with a reader of the streams of controllers 1 and 2 through a wire.
func streamBubble(t *testing.T, test func(t *testing.T, b *bubbledStreams)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubbledStreams{server: miniredis.NewMiniRedis()}
		defer b.server.Close()
		if conn, err := b.server.Dial(); err == nil { // with the first one the server begins
			conn.Close()
		}
		tellUptime(b.server, time.Hour)
		b.wire = newWire(t, b.server.Dial)
		b.holder = prepareHolder(&redis.Options{Addr: "127.0.0.1:1", Dialer: b.wire.Dial}, "one")
		b.reader.log = slog.New(slog.NewTextHandler(&b.log, nil))
		b.run(t)
		b.Subscribe(1)
		b.Subscribe(2)
		b.awaitReady(t, 2, time.Second)
		test(t, b)
		end := time.Now()
		if b.stop(); time.Since(end) > 0 {
			t.Errorf("it took %v to end", time.Since(end))
		}
	})
}

type bubbledStreams struct {
	*holder
	server *miniredis.Miniredis
	wire   *wire
	log    logged
}

func (b *bubbledStreams) awaitReady(t *testing.T, n int, within time.Duration) (after time.Duration) {
	t.Helper()
	start := time.Now()
	eventually(t, strconv.Itoa(n)+" are read", within, func() bool { return b.readyCount() == n })
	return time.Since(start)
}

func (b *bubbledStreams) add(t *testing.T, id, payload string) {
	t.Helper()
	if _, err := b.server.XAdd(streamOf(1), id, []string{field, payload}); err != nil {
		t.Fatal(err)
	}
}

func TestHalfOpenReaderIsNoticedWithinFiveSeconds(t *testing.T) {
	for name, ways := range map[string][]int{
		"both ways":            {toRedis, fromRedis},
		"only towards Redis":   {toRedis},
		"only what Redis says": {fromRedis},
	} {
		t.Run(name, func(t *testing.T) {
			streamBubble(t, func(t *testing.T, b *bubbledStreams) {
				time.Sleep(time.Minute + rand.N(time.Second))
				if b.changes != 2 {
					t.Fatalf("%d changes on a good line", b.changes)
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

func TestAbsentRedisIsReportedOnceACauseByTheReader(t *testing.T) {
	streamBubble(t, func(t *testing.T, b *bubbledStreams) {
		b.wire.refusing(true)
		b.wire.cut()
		b.awaitReady(t, 0, 2*time.Second)
		time.Sleep(time.Minute)
		b.wire.refusing(false)
		b.awaitReady(t, 2, 4*time.Second)
		if n := b.log.count("level=WARN"); n != 2 { // the cut, and the refused dials
			t.Errorf("%d warnings", n)
		}
		if n := b.log.count("commands are read"); n != 2 {
			t.Errorf("%d good news", n)
		}
	})
}

// Whatever is held back on the way, or however Redis's clock is set while its streams are read, nothing is believed to
// be younger than it is; and what is read at once is known to about a second.
func TestAgeOfEntries(t *testing.T) {
	for name, harm := range map[string]func(*bubbledStreams, *rand.Rand){
		"a bad network": func(b *bubbledStreams, random *rand.Rand) {
			switch random.IntN(4) {
			case 0:
				b.wire.hold(fromRedis)
			case 1:
				b.wire.hold(toRedis)
			default:
				b.wire.release()
			}
		},
		"a slow network and a bad clock": func(b *bubbledStreams, random *rand.Rand) {
			b.server.SetTime(time.Now().Add(time.Duration(random.Int64N(int64(2*time.Hour))) - time.Hour))
			if !b.wire.holding() {
				b.wire.hold(random.IntN(2))
				time.AfterFunc(askLimit*3/4, b.wire.release)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			streamBubble(t, func(t *testing.T, b *bubbledStreams) { b.checkAges(t, harm) })
		})
	}
}

func (b *bubbledStreams) checkAges(t *testing.T, harm func(*bubbledStreams, *rand.Rand)) {
	random := rand.New(rand.NewPCG(1, 2))
	added := make(map[string]time.Time)
	for i := range 500 {
		time.Sleep(time.Duration(random.Int64N(int64(time.Second))))
		id := strconv.Itoa(i)
		added[id] = time.Now()
		b.add(t, "*", unlockOf(id))
		harm(b, random)
	}
	b.wire.release()
	eventually(t, "all are read", 2*pendingEvery, func() bool { return len(b.all()) == len(added) })
	oldest, exact := time.Duration(0), 0
	for _, c := range b.all() {
		born := added[c.id]
		if c.bornAfter.After(born) {
			t.Errorf("%s: added at %v, bound %v", c.id, born, c.bornAfter)
		}
		if born.Sub(c.bornAfter) <= readEvery {
			exact++
		}
		oldest = max(oldest, c.now.Sub(born))
	}
	if exact < len(added)/4 {
		t.Errorf("only %d were known to be as young as they were", exact)
	}
	t.Logf("%d were known to a second; the oldest was %v old", exact, oldest)
}

// A fault that lasts is logged now and again, with its way out.
func TestKeyThatIsNoStreamIsLoggedSeldom(t *testing.T) {
	streamBubble(t, func(t *testing.T, b *bubbledStreams) {
		b.server.Del(streamOf(2))
		b.server.Set(streamOf(2), "something else")
		time.Sleep(3 * time.Minute)
		if n := b.log.count("DEL it in Redis"); n < 2 || n > 4 || b.log.count("key="+streamOf(2)) != n {
			t.Errorf("%d lines in 3 minutes:\n%s", n, b.log.text.String())
		}
	})
}
