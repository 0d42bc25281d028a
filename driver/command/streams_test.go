package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// holder is a process that reads the streams of controllers 1 to n.
type holder struct {
	*Streams
	heard
	stop func()
}

func startHolder(t *testing.T, options *redis.Options, instance string, n int) *holder {
	t.Helper()
	h := prepareHolder(options, instance)
	h.run(t)
	for serial := range n {
		h.Subscribe(uint64(serial + 1))
	}
	eventually(t, "all streams are read", 10*time.Second, func() bool { return h.readyCount() == n })
	return h
}

// prepareHolder is one that does not run yet.
func prepareHolder(options *redis.Options, instance string) *holder {
	return prepareGated(options, instance, noKeys)
}

func prepareGated(options *redis.Options, instance string, gate *Gate) *holder {
	return &holder{Streams: NewStreams(options, "", instance, gate, 2*time.Second, quiet)}
}

// run lets it read until stop, or the end of the test.
func (h *holder) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx, &h.heard) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(h.stop)
}

func streamOf(serial uint64) string { return "commands:{" + strconv.FormatUint(serial, 10) + "}" }

// add adds a payload to a controller's stream, and does not ring.
func add(t testing.TB, client *redis.Client, serial uint64, payload string) {
	t.Helper()
	addAs(t, client, serial, "*", payload)
}

// addAged adds it as one that is so old already. The stream must have none that is younger.
func addAged(t testing.TB, client *redis.Client, serial uint64, age time.Duration, payload string) {
	t.Helper()
	born := client.Time(context.Background()).Val().Add(-age)
	addAs(t, client, serial, strconv.FormatInt(born.UnixMilli(), 10)+"-1", payload)
}

func addAs(t testing.TB, client *redis.Client, serial uint64, id, payload string) {
	t.Helper()
	err := client.XAdd(context.Background(), &redis.XAddArgs{Stream: streamOf(serial), ID: id, Values: []any{field, payload}}).Err()
	if err != nil {
		t.Fatal(err)
	}
}

func unlockOf(id any) string { return fmt.Sprintf(`{"id":"%v","unlock":{"door":1}}`, id) }

func TestStreamsAreReadInOrder(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, address string) {
		const controllers, each = 5, 200
		h := startHolder(t, &redis.Options{Addr: address}, "one", controllers)
		client := dialRedis(t, address)
		for i := range each {
			for serial := range uint64(controllers) {
				add(t, client, serial+1, unlockOf(i))
			}
		}
		eventually(t, "all are read", 10*time.Second, func() bool { return len(h.all()) == controllers*each })
		next := make(map[uint64]int)
		for _, c := range h.all() {
			if c.id != fmt.Sprint(next[c.serial]) {
				t.Fatalf("controller %d read %q instead of %d", c.serial, c.id, next[c.serial])
			}
			next[c.serial]++
		}
		if stats := h.Stats(); !stats.Up || stats.Commands != controllers*each || stats.Subscribed != controllers ||
			stats.Unsettled != controllers*each || h.Cleared() {
			t.Errorf("%+v", stats)
		}
		for i := range each {
			h.Settled(fmt.Sprint(i))
		}
		eventually(t, "Redis keeps none of them", 10*time.Second, func() bool {
			left := client.XLen(context.Background(), streamOf(1)).Val() +
				client.XPending(context.Background(), streamOf(5), groupName).Val().Count
			return left == 0 && h.Cleared()
		})
	})
}

// Who rings is heard at once, and not with the next sweep.
func TestBell(t *testing.T) {
	address := realRedis(t)
	h := startHolder(t, &redis.Options{Addr: address}, "one", 2)
	client := dialRedis(t, address)
	eventually(t, "the bell is there", 5*time.Second, func() bool {
		return client.PubSubNumSub(context.Background(), streamOf(1)).Val()[streamOf(1)] == 1
	})
	const rounds = 20
	var took time.Duration
	for i := range rounds {
		start := time.Now()
		add(t, client, 1, unlockOf(i))
		client.Publish(context.Background(), streamOf(1), "")
		eventually(t, "it is read", 5*time.Second, func() bool { return len(h.all()) == i+1 })
		took += time.Since(start)
	}
	if took > rounds*100*time.Millisecond {
		t.Errorf("it took %v on average", took/rounds)
	}
}

// An entry is one process's, whoever reads.
func TestTwoReadersOfOneStream(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	one := startHolder(t, &redis.Options{Addr: address}, "one", 3)
	two := startHolder(t, &redis.Options{Addr: address}, "two", 3)
	client := dialRedis(t, address)
	const total = 300
	for i := range total {
		add(t, client, uint64(i%3+1), unlockOf(i))
	}
	eventually(t, "all are read", 10*time.Second, func() bool { return len(one.all())+len(two.all()) >= total })
	seen := make(map[string]bool)
	for _, c := range append(one.all(), two.all()...) {
		if seen[c.id] {
			t.Errorf("%s was given to both", c.id)
		}
		seen[c.id] = true
	}
}

// What was added while nobody read is read by the next holder, as old as it is by then.
func TestAddedWhileNobodyReads(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, address string) {
		client := dialRedis(t, address)
		awaitUptime(t, address)
		const age = 300 * time.Millisecond
		earliest := time.Now().Add(-age)
		addAged(t, client, 1, age, unlockOf("early"))
		latest := time.Now().Add(-age)
		h := startHolder(t, &redis.Options{Addr: address}, "one", 1)
		got := h.all()
		if len(got) != 1 || got[0].bornAfter.After(latest) || got[0].bornAfter.Before(earliest.Add(-time.Second)) {
			t.Errorf("born from %v to %v, read as %+v", earliest, latest, got)
		}
	})
}

// What would not be taken is left in Redis, and read when it would.
func TestNothingIsReadThatWouldNotBeTaken(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	awaitUptime(t, address)
	client := dialRedis(t, address)
	h := startHolder(t, &redis.Options{Addr: address}, "one", 1)
	h.take(false)
	add(t, client, 1, unlockOf("c"))
	for range 3 { // the third pass that is seen to begin was begun after the second had ended
		before := h.asked()
		client.Publish(context.Background(), streamOf(1), "")
		eventually(t, "it is asked whether it would be taken", 5*time.Second, func() bool { return h.asked() > before })
	}
	if len(h.all()) > 0 || client.XPending(context.Background(), streamOf(1), groupName).Val().Count > 0 {
		t.Errorf("read: %v", h.all())
	}
	h.take(true)
	eventually(t, "it is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
	if h.changes != 1 {
		t.Errorf("%d changes of readiness", h.changes)
	}
}

// After Quit nothing is read, wanted before or after it. What was read can still be acknowledged, the rest is the
// next holder's.
func TestQuitLeavesTheRestToTheNext(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	awaitUptime(t, address)
	client := dialRedis(t, address)
	one := startHolder(t, &redis.Options{Addr: address}, "one", 1)
	add(t, client, 1, unlockOf("c-1"))
	eventually(t, "it is read", 5*time.Second, func() bool { return len(one.all()) == 1 })
	one.Quit()
	one.Subscribe(1)
	one.Subscribe(2)
	eventually(t, "it is silent", 5*time.Second, one.Silent)
	add(t, client, 1, unlockOf("c-2"))
	two := startHolder(t, &redis.Options{Addr: address}, "two", 1)
	if got := two.all(); len(got) != 1 || got[0].id != "c-2" || len(one.all()) != 1 {
		t.Errorf("the next one read %v, the one before %v", got, one.all())
	}
	if one.Cleared() {
		t.Error("it is cleared, and nobody settled what it read")
	}
	one.Settled("c-1")
	eventually(t, "it is acknowledged", 5*time.Second, one.Cleared)
	if n := client.XPending(context.Background(), streamOf(1), groupName).Val().Count; n != 1 {
		t.Errorf("%d entries are not acknowledged", n)
	}
}

// While Redis is away there is nothing to wait for.
func TestQuitWithoutRedis(t *testing.T) {
	h := prepareHolder(&redis.Options{Addr: freeAddress(t)}, "one")
	h.run(t)
	h.Subscribe(1)
	h.Quit()
	eventually(t, "it is silent", 5*time.Second, func() bool { return h.Silent() && h.Cleared() })
}

// A stream lasts a week from its last care.
func TestStreamsThatNobodyTendsEnd(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	startHolder(t, &redis.Options{Addr: address}, "one", 1)
	if left := dialRedis(t, address).TTL(context.Background(), streamOf(1)).Val(); left < keepFor-time.Minute || left > keepFor {
		t.Errorf("kept for %v", left)
	}
}

// The names of processes that ended don't pile up, but none goes with entries that are not acknowledged.
func TestDeadConsumersAreDropped(t *testing.T) {
	t.Parallel()
	ctx, address := context.Background(), realRedis(t)
	client := dialRedis(t, address)
	h := prepareHolder(&redis.Options{Addr: address}, "one")
	l, err := dialLine(ctx, h.reader.options)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	client.XGroupCreateMkStream(ctx, streamOf(1), groupName, "0")
	var found []redis.XInfoConsumer
	for _, c := range []redis.XInfoConsumer{
		{Name: "one", Idle: 2 * deadAfter}, {Name: "lives", Idle: deadAfter - 1}, {Name: "dead", Idle: deadAfter},
		{Name: "indebted", Idle: 2 * deadAfter, Pending: 1},
	} {
		client.XGroupCreateConsumer(ctx, streamOf(1), groupName, c.Name)
		found = append(found, c)
	}
	if err := h.reader.dropDead(ctx, l, &stream{serial: 1}, found); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, c := range client.XInfoConsumers(ctx, streamOf(1), groupName).Val() {
		left = append(left, c.Name)
	}
	slices.Sort(left)
	if want := []string{"indebted", "lives", "one"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}
