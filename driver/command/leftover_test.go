package command

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// answered is the answers of a holder, as "id outcome".
func (h *heard) answered() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.answers {
		all = append(all, a.id+" "+strings.TrimPrefix(a.outcome.String(), "OUTCOME_"))
	}
	return all
}

func (h *holder) wantAnswers(t *testing.T, within time.Duration, want ...string) {
	t.Helper()
	eventually(t, "answers", within, func() bool { return len(h.answered()) >= len(want) })
	if got := h.answered(); !slices.Equal(got, want) {
		t.Errorf("answered %q, want %q", got, want)
	}
}

func timed(id string) string { return `{"id":"` + id + `","ttlMs":2000,"unlock":{"door":1}}` }

// What a process took with it into its end is never handed on, but answered by the next holder: at the time when the
// first one can't answer any more.
func TestWhatADeadProcessReadIsAnsweredByTheNext(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		age     time.Duration
		payload string
		want    string
		wait    time.Duration // for the answer, from the reading on
	}{
		"may have been posted":     {500 * time.Millisecond, timed("c"), "c UNKNOWN", 2500 * time.Millisecond},
		"was too old to be posted": {5 * time.Second, timed("c"), "c EXPIRED", 0},
		"could not be read":        {5 * time.Second, `{"id":"c","unlock":{"door":"x"}}`, "c REFUSED", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := realRedis(t)
			awaitUptime(t, address)
			client := dialRedis(t, address)
			one := startHolder(t, &redis.Options{Addr: address}, "one", 1)
			addAged(t, client, 1, test.age, test.payload)
			eventually(t, "it is read", 5*time.Second, func() bool { return len(one.all())+len(one.answered()) == 1 })
			read := time.Now()
			one.stop()

			two := prepareHolder(&redis.Options{Addr: address}, "two")
			two.reader.grace = time.Second
			two.run(t)
			two.Subscribe(1)
			two.wantAnswers(t, test.wait+5*time.Second, test.want)
			if took := time.Since(read); took < test.wait-time.Second {
				t.Errorf("it was answered after %v, while its reader could", took)
			}
			if len(two.all()) != 0 {
				t.Errorf("handed on: %v", two.all())
			}
			two.Settled("c")
			eventually(t, "Redis has nothing left", 5*time.Second, func() bool {
				return client.XLen(context.Background(), streamOf(1)).Val() == 0 && two.Cleared()
			})
		})
	}
}

// A process that lost the lease and lives answers what it read.
func TestALivingReaderIsLeftItsTime(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	awaitUptime(t, address)
	client := dialRedis(t, address)
	one := startHolder(t, &redis.Options{Addr: address}, "one", 1)
	add(t, client, 1, timed("c"))
	eventually(t, "it is read", 5*time.Second, func() bool { return len(one.all()) == 1 })
	one.Unsubscribe(1)
	two := startHolder(t, &redis.Options{Addr: address}, "two", 1)
	eventually(t, "the second holder knows of it", 5*time.Second, func() bool { return two.Stats().Commands == 1 })
	one.Settled("c")
	eventually(t, "Redis has nothing left", 5*time.Second, func() bool {
		return client.XLen(context.Background(), streamOf(1)).Val() == 0
	})
	add(t, client, 1, timed("d"))
	eventually(t, "the next one is read", 5*time.Second, func() bool { return len(two.all()) == 1 })
	if got := two.answered(); len(got) > 0 {
		t.Errorf("answered %q", got)
	}
}

// wired is a holder at a redis-server, behind a wire.
func wired(t *testing.T) (*holder, *redis.Client, *wire) {
	t.Helper()
	address := realRedis(t)
	awaitUptime(t, address)
	w := newWire(t, func() (net.Conn, error) { return net.Dial("tcp", address) })
	return startHolder(t, &redis.Options{Addr: w.listen(t)}, "one", 1), dialRedis(t, address), w
}

// What Redis gave this process, and the connection did not bring, is taken with the next one: nobody else has it.
func TestLostReading(t *testing.T) {
	t.Parallel()
	h, client, w := wired(t)
	add(t, client, 1, unlockOf("before"))
	eventually(t, "one is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
	w.hold(fromRedis)
	add(t, client, 1, unlockOf("lost"))
	add(t, client, 1, unlockOf("behind"))
	eventually(t, "Redis gave them away", 5*time.Second, func() bool {
		return client.XPending(context.Background(), streamOf(1), groupName).Val().Count == 3
	})
	w.cut()
	w.release()
	eventually(t, "they are read", 10*time.Second, func() bool { return len(h.all()) >= 3 })
	var ids []string
	for _, c := range h.all() {
		ids = append(ids, c.id)
	}
	if !slices.Equal(ids, []string{"before", "lost", "behind"}) || len(h.answered()) > 0 {
		t.Errorf("read %q, answered %q", ids, h.answered())
	}
}

// An entry that was taken over is another process's still: if the reply to that is lost with its connection, the
// entry must not pass for one that nobody has read.
func TestTakenOverEntryIsNotTakenForAnUnreadOne(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	awaitUptime(t, address)
	client := dialRedis(t, address)
	dead := startHolder(t, &redis.Options{Addr: address}, "dead", 1)
	addAged(t, client, 1, 10*time.Second, `{"id":"c","ttlMs":600000,"unlock":{"door":1}}`)
	eventually(t, "it is read", 5*time.Second, func() bool { return len(dead.all()) == 1 })
	dead.stop()
	for range 2 { // the second one knows nothing of what the first one did in its name
		h := prepareHolder(&redis.Options{Addr: address}, "one")
		h.reader.grace = -10 * time.Minute
		h.run(t)
		h.Subscribe(1)
		h.wantAnswers(t, 5*time.Second, "c UNKNOWN")
		if len(h.all()) > 0 {
			t.Errorf("handed on: %v", h.all())
		}
		h.stop()
	}
}

// An entry that was cut off its stream while somebody had it is nobody's any more.
func TestTrimmedLeftover(t *testing.T) {
	t.Parallel()
	h, client, _ := wired(t)
	ctx := context.Background()
	h.Unsubscribe(1)
	add(t, client, 1, unlockOf("c"))
	client.XReadGroup(ctx, &redis.XReadGroupArgs{Group: groupName, Consumer: "dead", Streams: []string{streamOf(1), ">"}})
	client.XTrimMaxLen(ctx, streamOf(1), 0)
	h.Subscribe(1)
	eventually(t, "Redis has nothing left", 5*time.Second, func() bool {
		return client.XPending(ctx, streamOf(1), groupName).Val().Count == 0 && h.Cleared()
	})
	if len(h.all())+len(h.answered()) > 0 {
		t.Errorf("handed on %v, answered %q", h.all(), h.answered())
	}
}

// A Redis that came back with an older memory gives away again what was read. Nobody can tell, so it is not
// handed on.
func TestAddedBeforeRedisWasStarted(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	client := dialRedis(t, address)
	addAged(t, client, 1, 3*time.Second, unlockOf("c"))
	h := prepareHolder(&redis.Options{Addr: address}, "one")
	h.run(t)
	h.Subscribe(1)
	h.wantAnswers(t, 5*time.Second, "c UNKNOWN")
	if len(h.all()) > 0 {
		t.Errorf("handed on: %v", h.all())
	}
}
