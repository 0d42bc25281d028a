//go:build chaos

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A command that is held anywhere on its way for longer than its ttl moves no door any more: not later than the ttl
// and REPLY_GRACE after it was published, and where it was not posted yet, not at all.
func TestChaosHeldCommands(t *testing.T) {
	hops := []struct {
		name     string
		settings []string
		hold     func(h *holdup)
		posted   bool
		outcome  string // empty: there may be nobody to tell it
	}{
		{"in Redis", nil, (*holdup).inRedis, false, "expired"},
		{"before the driver reads it", nil, (*holdup).inTheDriver, false, ""},
		{"in its queue", []string{"SEQUENCES=1"}, (*holdup).inTheQueue, false, "expired"},
		{"while it is claimed", nil, (*holdup).inTheClaim, false, "expired"},
		{"in the library", []string{"MERCURY_SIM_FAULT=post blocks for 4700ms after 7s"}, (*holdup).inTheLibrary, true, ""},
		{"on a stuck link", []string{"SEQUENCES=64"}, (*holdup).onTheLink, true, "unknown"},
	}
	for _, hop := range hops[:scaled(len(hops), 2)] {
		t.Run(hop.name, func(t *testing.T) {
			h := newHoldup(t, hop.settings...)
			tell(t, "an unlock is held")
			hop.hold(h)
			tell(t, "it was let go")
			eventually(t, 20*time.Second, "the panel is served again", h.system.served(1))
			h.judge(hop.posted, hop.outcome)
		})
	}
}

const (
	heldTTL    = 2 * time.Second // the least there may be
	replyGrace = 2 * time.Second // the drivers' default of REPLY_GRACE
	// beyond is longer than the ttl, and too short for lines and links to be given up.
	beyond = 2500 * time.Millisecond
)

// holdup is a system in whose lines one can stand.
type holdup struct {
	t         *testing.T
	system    *system
	driver    *driver
	fleet     *fleet
	control   control
	redisLine *meddler
	panelLine *stuck
	asked     time.Time
}

func newHoldup(t *testing.T, settings ...string) *holdup {
	t.Helper()
	h := &holdup{t: t, system: startSystem(t, 0)}
	h.redisLine = startMeddler(t, loopback(h.system.redis.port))
	settings = append([]string{"REDIS_URL=redis://" + h.redisLine.addr}, settings...)
	h.driver = aDriver(t, h.system.app.port, h.system.redis.port, settings...).start(t)
	h.driver.awaitReady()
	h.panelLine = startStuck(t, loopback(h.driver.port))
	h.fleet, h.control = startControlled(t, h.panelLine.addr, 1)
	eventually(t, 15*time.Second, "the panel is online", func() error { return h.system.app.hasOnline(1) })
	return h
}

const heldUnlock = `{"id":"held","ttl_ms":2000,"requested_by":"chaos","unlock":{"door":1}}`

func (h *holdup) unlock() {
	h.t.Helper()
	h.asked = time.Now()
	if h.system.redis.publish(firstSerial, heldUnlock) == 0 {
		h.t.Error("nobody heard it")
	}
}

func (h *holdup) inRedis() {
	letGo := h.redisLine.hold()
	h.unlock()
	passes(h.t, beyond, "Redis has the unlock")
	letGo()
}

func (h *holdup) inTheDriver() {
	h.driver.signal(syscall.SIGSTOP)
	h.unlock()
	passes(h.t, beyond, "the driver stands still before the unlock")
	h.driver.signal(syscall.SIGCONT)
}

// inTheQueue has the panel think about another command meanwhile.
func (h *holdup) inTheQueue() {
	fault := h.control.starts("late-reply", "-by", beyond.String())
	h.system.redis.publishCard(firstSerial)
	h.unlock()
	eventually(h.t, 10*time.Second, "it expires", func() error { return h.ended("expired") })
	h.control.does("fault", "stop", fault)
}

// inTheClaim has Redis hand the command out, and then take its time over all that is written.
func (h *holdup) inTheClaim() {
	h.t.Helper()
	h.asked = time.Now()
	_, err := h.system.redis.client.TxPipelined(context.Background(), func(p redis.Pipeliner) error {
		p.Publish(context.Background(), fmt.Sprint(firstSerial), heldUnlock)
		p.Do(context.Background(), "CLIENT", "PAUSE", beyond.Milliseconds(), "WRITE")
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	eventually(h.t, 10*time.Second, "it expires", func() error { return h.ended("expired") })
}

// inTheLibrary is a call that hands the command on too late, and sooner than the watchdog's limit for all calls: the process
// ends before that, and the next one has an honest library. Had another call than the unlock met the fault, it would have come
// back, and the process would go on.
func (h *holdup) inTheLibrary() {
	passes(h.t, 7*time.Second, "MERCURY_SIM_FAULT counts from the start, and what is acknowledged is told within 5 s")
	h.unlock()
	if code := h.driver.exit(10 * time.Second); code != 70 {
		h.t.Errorf("the driver ended with %d, want 70", code)
	}
	if err := h.driver.says("library call post has not come back"); err != nil {
		h.t.Error(err)
	}
	h.driver.settings = slices.DeleteFunc(h.driver.settings, func(s string) bool { return strings.HasPrefix(s, "MERCURY_SIM_FAULT") })
	h.driver.start(h.t).awaitReady()
}

// onTheLink fills the line first, so that the command stays with the driver's kernel. When the driver has given it up,
// the panel says nothing more: an answer to a closed link would have that kernel drop everything by itself.
func (h *holdup) onTheLink() {
	passes(h.t, 2*time.Second, "then nothing is said but polls")
	quiet, letGo := h.panelLine.hold()
	for range 60 {
		h.system.redis.publishCard(firstSerial)
	}
	h.unlock()
	eventually(h.t, 10*time.Second, "it is given up", func() error { return h.ended("unknown") })
	quiet()
	passes(h.t, time.Until(h.asked.Add(heldTTL+replyGrace+500*time.Millisecond)), "the unlock's time is over")
	letGo()
}

func (h *holdup) ended(outcome string) error {
	if n := h.system.app.count(`SELECT count(*) FROM results WHERE id = 'held' AND outcome = ?`, outcome); n != 1 {
		return fmt.Errorf("%d results %s are stored", n, outcome)
	}
	return nil
}

// judge looks at how it ended, and at the door.
func (h *holdup) judge(posted bool, outcome string) {
	h.t.Helper()
	if outcome != "" {
		if err := h.ended(outcome); err != nil {
			h.t.Error(err)
		}
	}
	moves, latest := h.fleet.unlocks(h.t), time.Duration(0)
	for _, at := range moves {
		latest = max(latest, at.Sub(h.asked))
	}
	if posted {
		keep(h.t, "a held command moves a door after", span(heldTTL+replyGrace), span(latest))
	} else {
		keep(h.t, "doors that a held command moves", number(0), number(len(moves)))
	}
}
