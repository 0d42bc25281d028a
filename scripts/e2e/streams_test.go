package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
)

// A driver is killed with a command in its hands, in each state that the command passes through; the next one never
// posts it, and sees to it that it has an end, and that Redis forgets it then.
func TestStreamsOutliveTheDriver(all *testing.T) {
	s := startStreams(all)
	d, f := s.drivers[0], s.fleet
	for name, tc := range map[string]struct {
		hold, release func()
		reached       func(id string) error
		want          string
		most, least   int // unlocks
	}{
		"read, not posted": {
			hold: func() { s.redis.may(all, "-set") }, release: func() { s.redis.may(all, "+set") },
			reached: func(string) error { return d.counts("mercury_claims_open", 1) }, want: "unknown",
		},
		"posted, not answered": {
			hold: func() { f.signal(syscall.SIGSTOP) }, release: func() { f.signal(syscall.SIGCONT) },
			reached: func(string) error { return d.counts("mercury_sequences_open", 1) }, want: "unknown", most: 1,
		},
		"answered, not stored": {
			hold: func() { s.app.signal(syscall.SIGSTOP) }, release: func() { s.app.signal(syscall.SIGCONT) },
			reached: func(string) error { return d.counts("mercury_results_unacked", 1) }, want: "done or unknown", most: 1, least: 1,
		},
		"stored, not acknowledged in Redis": {
			hold: func() { s.redis.may(all, "-xack", "-xdel") }, release: func() { s.redis.may(all, "+xack", "+xdel") },
			reached: func(id string) error { return s.app.ended(id, "done") }, want: "done", most: 1, least: 1,
		},
	} {
		all.Run(name, func(t *testing.T) {
			before := len(f.unlocks(t))
			id := strings.ReplaceAll(name, " ", "-")
			tc.hold()
			s.redis.add(t, firstSerial, unlockFor2s(id))
			eventually(t, 5*time.Second, name, func() error { return tc.reached(id) })
			d.kill()
			tc.release()
			d.start(all)
			eventually(t, 20*time.Second, "Redis has forgotten it", func() error { return s.redis.keeps(firstSerial, 0) })
			if got := s.app.firstEnd(t, id); !slices.Contains(strings.Split(tc.want, " or "), got) {
				t.Errorf("it ended %s, want %s", got, tc.want)
			}
			if n := len(f.unlocks(t)) - before; n < tc.least || n > tc.most {
				t.Errorf("it was carried out %d times", n)
			}
			s.mustUnlock(t, appv1.Route_ROUTE_CLAIM)
		})
	}
}

// What is added while no driver runs is carried out by the one that comes in time, and expires else; and Redis may be
// killed meanwhile, or while a command is at its controller.
func TestStreamsWait(t *testing.T) {
	s := startStreams(t)
	d, f := s.drivers[0], s.fleet
	d.stop(20 * time.Second)
	s.redis.add(t, firstSerial, unlockFor2s("late"))
	s.redis.add(t, firstSerial, `{"id":"timely","ttlMs":60000,"unlock":{"door":1}}`)
	time.AfterFunc(2100*time.Millisecond, func() { d.start(t) })
	eventually(t, 25*time.Second, "one is late, one is not", func() error { return s.app.haveEnded("late", "expired", "timely", "done") })
	f.mustHaveUnlocked(t, 1)

	f.signal(syscall.SIGSTOP)
	s.redis.add(t, firstSerial, `{"id":"open","ttlMs":60000,"unlock":{"door":1}}`)
	eventually(t, 5*time.Second, "it is posted", func() error { return d.counts("mercury_sequences_open", 1) })
	s.redis.kill()
	s.redis.start(t)
	f.signal(syscall.SIGCONT)
	eventually(t, 10*time.Second, "it is done", func() error { return s.app.haveEnded("open", "done") })
	eventually(t, 10*time.Second, "Redis has forgotten it", func() error { return s.redis.keeps(firstSerial, 0) })

	d.stop(20 * time.Second)
	s.redis.add(t, firstSerial, `{"id":"kept","ttlMs":60000,"unlock":{"door":1}}`)
	s.redis.kill()
	s.redis.start(t)
	d.start(t)
	eventually(t, 25*time.Second, "nobody knows who read it before", func() error { return s.app.haveEnded("kept", "unknown") })
	f.mustHaveUnlocked(t, 2)
	eventually(t, 10*time.Second, "Redis has forgotten it", func() error { return s.redis.keeps(firstSerial, 0) })
}
