package world

import (
	"slices"
	"time"
)

// redis is the server that commands are published in: channels, and keys that end by themselves.
type redis struct {
	world *World
	host  *host
	heard map[string][]*conn // by channel, who subscribed it, in that order
	keys  map[string]key
}

type key struct {
	value string
	until time.Time // by the wall clock of Redis: where that is set forward, keys end early
}

// What a subscriber says on its connection, and what it is told.
type (
	subscribe   []string
	unsubscribe []string
	ping        string

	confirmed string
	published struct{ channel, payload string }
	pong      string
)

func (w *World) startRedis(keys map[string]key) {
	w.redis = &redis{world: w, host: w.newHost("redis", w.machines["redis"]), heard: map[string][]*conn{}, keys: keys}
}

// accept takes in a subscriber.
func (r *redis) accept(c *conn) {
	c.up.take = func(m any) { r.take(c, m) }
	c.up.ended = func() { r.forget(c) }
}

func (r *redis) take(c *conn, m any) {
	switch m := m.(type) {
	case unsubscribe:
		for _, channel := range m {
			r.heard[channel] = slices.DeleteFunc(r.heard[channel], func(o *conn) bool { return o == c })
			c.down.send(confirmed(channel))
		}
	case subscribe:
		for _, channel := range m {
			if !slices.Contains(r.heard[channel], c) {
				r.heard[channel] = append(r.heard[channel], c)
			}
			c.down.send(confirmed(channel))
		}
	case ping:
		c.down.send(pong(m))
	}
}

func (r *redis) forget(c *conn) {
	for channel, subscribers := range r.heard {
		r.heard[channel] = slices.DeleteFunc(subscribers, func(o *conn) bool { return o == c })
	}
}

// publish tells how many heard it.
func (r *redis) publish(channel, payload string) (heard int) {
	for _, c := range r.heard[channel] {
		c.down.send(published{channel, payload})
	}
	return len(r.heard[channel])
}

// setNew sets a key that is not there.
func (r *redis) setNew(name, value string, keep time.Duration) bool {
	if r.get(name) != "" {
		return false
	}
	r.keys[name] = key{value, r.host.now().Add(keep).Round(0)}
	return true
}

func (r *redis) get(name string) string {
	k, ok := r.keys[name]
	if !ok || !r.host.now().Round(0).Before(k.until) {
		return ""
	}
	return k.value
}
