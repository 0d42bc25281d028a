package world

import (
	"time"

	"mercury-driver/driver/command"
)

// ear carries the bytes of a driver's subscription, as PubSub.Run does: one connection after the other.
type ear struct {
	driver  *driver
	conn    *conn // nil between two
	hearing *command.Hearing
	teller  alarm
	pause   time.Duration
}

const (
	pingEvery   = time.Second
	shortPause  = 50 * time.Millisecond
	longPause   = 2 * time.Second
	redisAnswer = time.Second // a claim's round trip
)

func (e *ear) start(d *driver) {
	e.driver, e.teller = d, alarm{host: d.host, what: "tell redis", do: e.tell}
}

// dial begins a connection.
func (e *ear) dial() {
	d := e.driver
	w := d.world
	e.hearing = d.published.Open(d.host.now(), d.commands)
	if !w.redis.host.up {
		e.fail()
		return
	}
	c := w.connect("redis "+d.host.name, d.host, w.redis.host, &w.mood.redis)
	c.down.take = func(m any) { e.take(c, m) }
	c.down.ended = func() { e.lost(c) }
	w.redis.accept(c)
	w.subscribers = append(w.subscribers, c)
	e.conn = c
	e.tell()
	e.ping(c)
	e.watch(c)
}

// tell says what is wanted now.
func (e *ear) tell() {
	if e.conn == nil {
		return
	}
	wanted, unwanted := e.hearing.Tell()
	if len(unwanted) > 0 {
		e.conn.up.send(unsubscribe(unwanted))
	}
	if len(wanted) > 0 {
		e.conn.up.send(subscribe(wanted))
	}
}

func (e *ear) ping(c *conn) {
	if e.conn != c {
		return
	}
	d := e.driver
	c.up.send(ping(e.hearing.Ping(d.host.now())))
	d.world.after(pingEvery, d.host, "ping redis", func() { e.ping(c) })
}

// watch ends a connection on which no ping was answered for too long.
func (e *ear) watch(c *conn) {
	d := e.driver
	left := e.hearing.Deadline().Sub(d.host.now())
	if left <= 0 {
		e.lost(c)
		return
	}
	d.world.after(left, d.host, "watch redis", func() {
		if e.conn == c {
			e.watch(c)
		}
	})
}

func (e *ear) take(c *conn, m any) {
	d := e.driver
	now := d.host.now()
	if e.hearing.Deadline().Before(now) { // it is looked at before each read
		e.lost(c)
		return
	}
	switch m := m.(type) {
	case published:
		e.hearing.Message(now, m.channel, m.payload)
	case confirmed:
		if err := e.hearing.Confirmed(now, "", string(m)); err != nil {
			d.world.oracle.Fault("%s: %v", d.instance, err)
		}
	case pong:
		e.hearing.Pong(now, string(m))
		e.pause = 0
	}
	d.stepped()
}

func (e *ear) lost(c *conn) {
	if e.conn != c {
		return
	}
	e.conn = nil
	c.close(c.up, false)
	e.fail()
}

// fail ends the attempt, and begins the next one after a while.
func (e *ear) fail() {
	d := e.driver
	e.hearing.Lost(d.host.now())
	d.stepped()
	e.pause = min(max(2*e.pause, shortPause), longPause)
	d.world.after(e.pause/2+d.world.upTo(e.pause), d.host, "dial redis", e.dial)
}

// claimant carries the claims of a driver, as Claims.Run does: one round trip at a time.
type claimant struct {
	driver *driver
	wake   alarm // there may be something to claim
	asking bool
}

// reply is what Redis says to a claim.
type reply struct {
	set   bool
	holds string
}

func (c *claimant) start(d *driver) {
	c.driver, c.wake = d, alarm{host: d.host, what: "claim", do: c.ask}
}

func (c *claimant) ask() {
	if c.asking {
		return
	}
	d := c.driver
	round := d.claims.Round()
	if len(round) == 0 {
		return
	}
	c.asking = true
	replies := make([]reply, len(round))
	d.world.askRedis(d.host, "claims", redisAnswer, func(r *redis) {
		for i, claim := range round {
			replies[i] = reply{r.setNew(claim.Name, claim.Token, claim.Keep), r.get(claim.Name)}
		}
	}, func(err error) {
		c.asking = false
		for i, claim := range round {
			claim.Reply(replies[i].set, replies[i].holds, err)
		}
		c.settle()
	})
}

func (c *claimant) settle() {
	d := c.driver
	if d.claims.Settle(d.host.now(), d.table) != nil {
		c.wake.in(d.world.between(shortPause, longPause))
	} else {
		c.wake.soon()
	}
	d.stepped()
}
