package command

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// sealed is a signed unlock for a controller, issued so long ago.
func sealed(id string, serial uint64, age time.Duration) string {
	c := dated(id)
	c.IssuedAtNs, c.TtlMs = time.Now().Add(-age).UnixNano(), 2000
	return string(asProtobuf(sign(secretKey(1), "desk-1", serial, asProtobuf(c))))
}

// With keys, a stream is no way past them: what nobody vouches for is dropped, in Redis too, and not answered.
func TestEntriesPassTheGate(t *testing.T) {
	t.Parallel()
	ctx, address := context.Background(), realRedis(t)
	awaitUptime(t, address)
	client := dialRedis(t, address)
	for _, payload := range []string{
		unlockOf("unsigned"), sealed("elsewhere", 2, 0), sealed("good", 1, 0), sealed("good", 1, 0),
	} {
		add(t, client, 1, payload)
	}
	gate := gated(quiet)
	h := prepareGated(&redis.Options{Addr: address}, "one", gate)
	h.run(t)
	h.Subscribe(1)
	eventually(t, "Redis keeps the good one only", 5*time.Second, func() bool {
		return len(h.all()) == 1 && client.XLen(ctx, streamOf(1)).Val() == 1
	})
	if got := h.all()[0].id; got != "good" || len(h.answered()) > 0 {
		t.Errorf("handed on %q, answered %q", got, h.answered())
	}
	if got, want := gate.Stats(), (GateStats{Unsigned: 1, BadSignature: 1, Replayed: 1}).with(2); got != want {
		t.Errorf("counted %+v", got)
	}
}

// Somebody deletes the group, and Redis gives away anew what this process has read and not answered. It is no replay, and
// stays in Redis until it is answered.
func TestEntriesOfAGroupThatIsDeleted(t *testing.T) {
	t.Parallel()
	ctx, address := context.Background(), realRedis(t)
	client := dialRedis(t, address)
	gate := gated(quiet)
	h := prepareGated(&redis.Options{Addr: address}, "one", gate)
	h.run(t)
	h.Subscribe(1)
	eventually(t, "the stream is read", 5*time.Second, func() bool { return h.isReady(1) })
	add(t, client, 1, sealed("c", 1, 0))
	eventually(t, "it is read", 5*time.Second, func() bool { return len(h.all()) == 1 })
	client.XGroupDestroy(ctx, streamOf(1), groupName)
	add(t, client, 1, sealed("next", 1, 0))
	eventually(t, "the next one is read", 5*time.Second, func() bool { return slices.Contains(h.ids(1), "next") })
	if got := gate.Stats().Replayed; got != 0 || len(h.all()) != 2 {
		t.Errorf("%d are taken for replayed, handed on %q", got, h.ids(1))
	}
	for i, id := range []string{"c", "next"} {
		if n := client.XLen(ctx, streamOf(1)).Val(); n != int64(2-i) {
			t.Errorf("%d are in Redis before %q is answered", n, id)
		}
		h.Settled(id)
		eventually(t, "it is acknowledged", 5*time.Second, func() bool { return h.ledger.count() == 1-i })
	}
}

// A signed command is no replay because nobody read it for long: it was added in time, and is answered.
func TestOldEntryPassesTheGate(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	gate := gated(quiet)
	gate.once.forgotten = time.Now() // what others signed since is over
	const age = time.Hour
	client := dialRedis(t, address)
	addAged(t, client, 1, age, sealed("old", 1, age))
	addAged(t, client, 1, age/2, sealed("replayed", 1, age))
	h := prepareGated(&redis.Options{Addr: address}, "one", gate)
	h.run(t)
	h.Subscribe(1)
	h.wantAnswers(t, 5*time.Second, "old UNKNOWN") // as Redis is younger than that
	add(t, client, 1, sealed("new", 1, 0))
	eventually(t, "it is handed on", 5*time.Second, func() bool { return len(h.all()) == 1 })
	if got := h.ids(1); !slices.Equal(got, []string{"new"}) || gate.Stats().Replayed != 1 {
		t.Errorf("handed on %q, %+v", got, gate.Stats())
	}
}

// Who adds an entry may choose its id, and so say how old it is. What is added behind the end of a stream that was read
// has not waited since long, and is a replay where its time is over.
func TestEntryThatIsMadeOld(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	gate := gated(quiet)
	h := prepareGated(&redis.Options{Addr: address}, "one", gate)
	h.run(t)
	h.Subscribe(1)
	eventually(t, "the stream is read", 5*time.Second, func() bool { return h.isReady(1) })
	const age = time.Hour
	addAged(t, dialRedis(t, address), 1, age, sealed("replayed", 1, age))
	eventually(t, "it is dropped", 5*time.Second, func() bool { return gate.Stats().Replayed == 1 })
	if len(h.all()) > 0 || len(h.answered()) > 0 {
		t.Errorf("handed on %q, answered %q", h.ids(1), h.answered())
	}
}

// What a dead process read is answered when its time has come, however often its next holder has to look at it.
func TestSignedLeftoverIsAnswered(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	awaitUptime(t, address)
	client := dialRedis(t, address)
	one := prepareGated(&redis.Options{Addr: address}, "one", gated(quiet))
	one.run(t)
	one.Subscribe(1)
	add(t, client, 1, sealed("c", 1, 0))
	eventually(t, "it is read", 5*time.Second, func() bool { return len(one.all()) == 1 })
	one.stop()

	gate := gated(quiet)
	two := prepareGated(&redis.Options{Addr: address}, "two", gate)
	two.run(t)
	two.Subscribe(1)
	eventually(t, "it is looked at", 5*time.Second, func() bool { return two.Stats().Commands == 1 })
	two.Unsubscribe(1)
	two.Subscribe(1) // forgets what it saw
	two.wantAnswers(t, 10*time.Second, "c UNKNOWN")
	if got := gate.Stats(); got != (GateStats{}).with(2) {
		t.Errorf("counted %+v", got)
	}
}
