package command

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/controller"
)

// sharded is a process that hears the commands of controllers in a cluster.
type sharded struct {
	*Sharded
	heard
	stop func()
}

func startSharded(t *testing.T, options *redis.Options, serials ...uint64) *sharded {
	t.Helper()
	s := &sharded{Sharded: NewSharded(options, "", noKeys, quiet)}
	s.run(t)
	for _, serial := range serials {
		s.Subscribe(serial)
	}
	eventually(t, "all are heard", 10*time.Second, func() bool { return s.readyCount() == len(serials) })
	return s
}

// run lets it hear until stop, or the end of the test.
func (s *sharded) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, &s.heard) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(s.stop)
}

// ids are the commands that were heard for a controller, in their order.
func (h *heard) ids(serial uint64) (ids []string) {
	for _, c := range h.all() {
		if c.serial == serial {
			ids = append(ids, c.id)
		}
	}
	return ids
}

// Each controller is heard in the shard that has its slot, in order, and follows its slot to another one.
func TestShardsOfACluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	var serials []uint64
	owners := make(map[int]bool)
	for serial := range uint64(30) {
		serials = append(serials, 61000+serial)
		owners[c.owner(t, 61000+serial)] = true
	}
	if len(owners) != 3 {
		t.Fatalf("all controllers are at %v", owners)
	}
	s := startSharded(t, c.options(), serials...)
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint(i))
		for _, serial := range serials {
			if heard := c.publish(t, serial, unlockOf(i)); heard != 1 {
				t.Errorf("command %d for %d was heard by %d", i, serial, heard)
			}
		}
	}
	eventually(t, "all are heard", 10*time.Second, func() bool { return len(s.all()) == len(serials)*len(want) })
	for _, serial := range serials {
		if got := s.ids(serial); !slices.Equal(got, want) {
			t.Errorf("controller %d heard %q", serial, got)
		}
	}
	if stats := s.Stats(); !stats.Up || stats.Subscribed != len(serials) || stats.Pending != 0 || stats.Reconnects != 0 {
		t.Errorf("%+v", stats)
	}

	moved := serials[0]
	home, away := c.owner(t, moved), (c.owner(t, moved)+1)%3
	c.moveSlot(t, moved, home, away)
	s.wantHeard(t, c, moved, "moved")
	c.moveSlot(t, moved, away, home)
	c.moveSlot(t, moved, home, away) // before anybody looks for it
	s.wantHeard(t, c, moved, "moved-there-and-back")
	eventually(t, "all are heard", 10*time.Second, func() bool { return s.readyCount() == len(serials) })
	if heard := c.publish(t, moved, unlockOf("last")); heard != 1 {
		t.Errorf("it is heard %d times", heard)
	}

	s.Unsubscribe(serials[1])
	eventually(t, "one is not heard", 5*time.Second, func() bool { return c.publish(t, serials[1], unlockOf("x")) == 0 })
	s.Quit()
	s.Subscribe(serials[1])
	eventually(t, "nobody is heard", 5*time.Second, func() bool { return s.Silent() && c.publish(t, serials[2], unlockOf("x")) == 0 })
	s.stop()
}

// wantHeard publishes a command for a controller until it is heard.
func (s *sharded) wantHeard(t *testing.T, c *cluster, serial uint64, id string) {
	t.Helper()
	eventually(t, "it is heard", 15*time.Second, func() bool {
		c.publish(t, serial, unlockOf(id))
		return slices.Contains(s.ids(serial), id)
	})
}

// Whoever is given up while the cluster is asked for its shard is not heard there.
func TestGivenUpBeforeItsShardIsFound(t *testing.T) {
	for name, giveUp := range map[string]func(*Sharded){
		"unsubscribed": func(s *Sharded) { s.Unsubscribe(61000) },
		"all":          (*Sharded).Quit,
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSharded(&redis.Options{}, "", noKeys, quiet)
			found := &shard{subscription: newSubscription(s.options, s.names, "command", quiet)}
			s.shards["found"] = found
			s.Subscribe(61000)
			giveUp(s)
			s.move(publications{}, 61000, found)
			if !s.Silent() {
				t.Errorf("it is wanted of %d shards, and heard at %v", len(s.at), found.channels.of)
			}
		})
	}
}

// A shard that is away concerns its controllers only; they are told, and heard when it is back.
func TestShardThatIsAway(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	here, there := uint64(61000), uint64(61001)
	for c.owner(t, there) == c.owner(t, here) {
		there++
	}
	s := startSharded(t, c.options(), here, there)
	other, process := c.nodes[c.owner(t, here)], c.processes[c.owner(t, there)]
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is told", 6*time.Second, func() bool { return !s.isReady(there) })
	if !s.isReady(here) {
		t.Error("the other one is not heard either")
	}
	if err := other.SPublish(context.Background(), channelOf(here), unlockOf("meanwhile")).Err(); err != nil {
		t.Error(err)
	}
	eventually(t, "the other one hears a command", 5*time.Second, func() bool { return len(s.ids(here)) == 1 })
	if err := process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is heard again", 15*time.Second, func() bool { return s.isReady(there) })
	if heard := c.publish(t, there, unlockOf("after")); heard != 1 {
		t.Errorf("heard by %d", heard)
	}
}

// Claims find their shard, and are won once whoever asks, also where a slot has just moved.
func TestClaimsInACluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 2)
	const commands = 200
	var all [2]*claimed
	var claims [2]*Claims
	for i := range claims {
		claims[i], all[i] = runClaimsAt(t, c.options(), true, fmt.Sprint("process", i), quiet)
	}
	for id := range commands {
		if id == commands/2 {
			c.moveSlot(t, 61000, c.owner(t, 61000), 1-c.owner(t, 61000))
		}
		claims[0].Claim(controller.Key{}, fmt.Sprintf("{61000}%d", id), time.Minute)
		claims[1].Claim(controller.Key{}, fmt.Sprintf("{61000}%d", id), time.Minute)
	}
	winners := make(map[string]int)
	for _, outcomes := range all {
		outcomes.await(t, commands, 10*time.Second, "")
		for id, answers := range outcomes.outcomes {
			if answers[0].err != nil {
				t.Errorf("%s: %v", id, answers[0].err)
			}
			if answers[0].won {
				winners[id]++
			}
		}
	}
	for id := range commands {
		if n := winners[fmt.Sprintf("{61000}%d", id)]; n != 1 {
			t.Errorf("command %d was won %d times", id, n)
		}
	}
}

// A user with the rights that an error proposes, and with no others, can do all that this package does in a cluster.
func TestTheRightsThatAreProposedInACluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 2)
	options := c.options()
	options.Username, options.Password = "driver", password
	var log logged
	s := &sharded{Sharded: NewSharded(options, "", noKeys, slog.New(slog.NewTextHandler(&log, nil)))}
	for _, node := range c.nodes {
		users(t, node, "driver on >"+password)
	}
	s.run(t)
	s.Subscribe(61000)
	rights := fmt.Sprintf(mayHearShards, "{")
	eventually(t, "the log says what to do", 5*time.Second, func() bool { return log.count("ACL SETUSER driver "+quoted(rights)) > 0 })
	for _, node := range c.nodes {
		users(t, node, "driver "+rights+" "+fmt.Sprintf(mayClaim, "claim:"))
	}
	eventually(t, "it is heard", 5*time.Second, func() bool { return s.isReady(61000) })
	s.Unsubscribe(61000)
	eventually(t, "it ends", 5*time.Second, s.Silent)
	claims, outcomes := runClaimsAt(t, options, true, "p", quiet)
	claims.Claim(controller.Key{}, "one", time.Minute)
	if got := outcomes.await(t, 1, 10*time.Second, "one"); got[0].err != nil || !got[0].won {
		t.Errorf("%+v", got[0])
	}
}

// Who takes a node of a cluster for the only Redis is told what to do.
func TestAClusterThatIsTakenForOneRedis(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 2)
	away := uint64(61000)
	for c.owner(t, away) == 0 {
		away++
	}
	for name, use := range map[string]func(t *testing.T, log *slog.Logger){
		"claims": func(t *testing.T, log *slog.Logger) {
			claims, _ := runClaims(t, c.options(), "p", log)
			claims.Claim(controller.Key{}, channelOf(away), time.Minute)
		},
		"streams": func(t *testing.T, log *slog.Logger) {
			h := &holder{Streams: NewStreams(c.options(), "", "p", noKeys, time.Second, log)}
			h.run(t)
			h.Subscribe(away)
		},
		"acknowledgements": func(t *testing.T, log *slog.Logger) {
			h := &holder{Streams: NewStreams(c.options(), "", "p", noKeys, time.Second, log)}
			h.run(t)
			h.acks.ledger.discard(entry{away, "1-1"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log logged
			use(t, slog.New(slog.NewTextHandler(&log, nil)))
			eventually(t, "the log says what to do", 5*time.Second, func() bool {
				return log.count("that Redis is a cluster: set COMMAND_SOURCE=sharded, for the vendor app too") > 0
			})
		})
	}
}

// What can't be heard at all is logged with what to do.
func TestShardsThatAreNotThere(t *testing.T) {
	t.Parallel()
	empty, _, _ := startClusterNode(t)
	for name, test := range map[string]struct{ address, says string }{
		"no cluster": {realRedis(t), "that Redis is no cluster, which COMMAND_SOURCE=sharded needs: set pubsub or streams"},
		"no slots":   {empty, "the cluster has no master with slots: see redis-cli CLUSTER INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			var log logged
			s := &sharded{Sharded: NewSharded(&redis.Options{Addr: test.address}, "", noKeys, slog.New(slog.NewTextHandler(&log, nil)))}
			s.run(t)
			s.Subscribe(61000)
			eventually(t, "the log says what to do", 5*time.Second, func() bool { return log.count(test.says) > 0 })
		})
	}
}
