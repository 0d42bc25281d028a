//go:build chaos

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var kills = flag.Int("kills", 40, "how many processes are killed")

// Whoever is killed, at whatever moment: what the panels logged is stored once and in order, what was acknowledged is
// there, and each command was carried out once at most and has an end.
func TestChaosKills(t *testing.T) {
	const panels = 40
	s := startSystem(t, 3)
	f := startFleet(t, startBalancer(t, s.drivers, fewest), panels, "-scenario", "rush", "-rate", "300")
	within(t, "all carry out commands once they dialled in", 15*time.Second, time.Now(), s.served(panels))
	o := (&orders{panels: panels, forgiving: true}).start(t, s)
	k := &killer{t: t, system: s, fleet: f, chance: rand.New(rand.NewPCG(seed, 10)), killed: make(map[string]int)}
	for n := range *kills {
		v := k.draw()
		tell(t, "kill -9 of %s, %d of %d", v.name, n+1, *kills)
		since := k.kill(v)
		if k.chance.IntN(4) > 0 { // else the next one hits what has not recovered yet
			within(t, "all carry out commands again after a kill of "+v.kind, v.bound, since, s.served(panels))
		}
	}
	within(t, "all carry out commands again in the end", 20*time.Second, time.Now(), s.served(panels))
	sent := o.end()
	f.stop(10 * time.Second)
	f.start(t, "-scenario", "idle")
	f.settle(time.Minute)
	eventually(t, 15*time.Second, "the app has ended all commands", s.app.endedAll)
	v := s.judge(t, f, sent)
	tell(t, "killed %v; %d transactions, %d commands: %v", k.killed, v.Transactions, v.Commands, v.Outcomes)
	keep(t, "a command is carried out late by its ttl of 5s and REPLY_GRACE", span(7*time.Second), span(v.Latest))
	if v.Transactions < 100**kills || v.Outcomes["done"] < 20**kills {
		t.Errorf("too little happened")
	}
}

// killer draws whom to kill.
type killer struct {
	t      *testing.T
	system *system
	fleet  *fleet
	chance *rand.Rand
	killed map[string]int // by kind
}

// victim is a process that can be killed and started again.
type victim struct {
	kind, name  string
	bound       time.Duration // of the recovery
	kill, start func()
}

func (k *killer) draw() victim {
	t, s := k.t, k.system
	switch n := k.chance.IntN(8); n {
	case 0, 1:
		return victim{"the app", "the app", 15 * time.Second, s.app.kill, func() { s.app.start(t) }}
	case 2, 3:
		return victim{"Redis", "Redis", 10 * time.Second, s.redis.kill, func() { s.redis.start(t) }}
	case 4:
		return victim{"the panels", "the panels", 15 * time.Second, k.fleet.kill, func() { k.fleet.start(t, "-seed", fmt.Sprint(k.chance.Uint64())) }}
	default:
		d := s.drivers[n-5]
		return victim{"a driver", fmt.Sprint("driver ", d.port), 15 * time.Second, d.kill, func() { d.start(t) }}
	}
}

// kill kills one, starts it again after a while, and lets it run for a while. It returns when it was started.
func (k *killer) kill(v victim) (since time.Time) {
	k.killed[v.kind]++
	v.kill()
	passes(k.t, time.Duration(k.chance.Int64N(int64(2*time.Second))), v.name+" is away")
	since = time.Now()
	v.start()
	passes(k.t, time.Duration(k.chance.Int64N(int64(time.Second))), v.name+" runs again")
	return since
}

// endedAll fails while a command has no end.
func (a *app) endedAll() error {
	if n := a.count(`SELECT count(*) FROM audit WHERE outcome IS NULL`); n > 0 {
		return fmt.Errorf("%d commands have not ended", n)
	}
	return nil
}
