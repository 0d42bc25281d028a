package core

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// TicksPerPoll is how many Ticks make one round of polls: each steps its share of the links, so that
// thousands of polls do not leave, and their answers do not come, at the same moment.
const TicksPerPoll = 16

var errNotOpen = errors.New("the channel is not open")

// errLimit tells a controller's connection that there are MaxLinks already.
var errLimit = errors.New("too many links")

// channel is a port and the links on it. Its queue outlives a close, so that what happened until then can
// still be taken.
type channel struct {
	lib    *Library
	number int16
	queue  queue

	// Since when all links are listened to, as the library's age; math.MaxInt64 while the queue has no room for what they say.
	listened atomic.Int64

	mu    sync.Mutex
	port  Port    // nil: not open
	links []*Link // nil where a link has left: a link keeps its place
	free  []int   // those places
	ticks int
}

func (c *channel) init(lib *Library, number int16) {
	c.lib, c.number = lib, number
	c.queue.init()
}

// open holds the mutex while it opens, so that no controller comes before the port is known.
func (c *channel) open(port uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.port != nil {
		return fmt.Errorf("channel %d is open already", c.number)
	}
	opened, err := c.lib.options.Open(c.lib, c.number, port)
	if err != nil {
		return err
	}
	c.port = opened
	return nil
}

func (c *channel) close() (wasOpen bool) {
	c.mu.Lock()
	port, links := c.port, c.links
	c.port, c.links, c.free = nil, nil, nil
	c.mu.Unlock()
	if port == nil {
		return false
	}
	port.Close()
	for _, l := range links {
		if l != nil {
			l.Lost("channel closed")
		}
	}
	return true
}

// Attach makes a link of a connection that came in on a channel: peer is its address, tls its TLS version
// or "". Its owner hands what arrives to Take and tells Lost when it ends; the link ends the connection
// by wire.Abort, also when Attach fails.
func (lib *Library) Attach(channel int16, peer, tls string, wire Wire) (*Link, error) {
	c := lib.channel(channel)
	if lib.links.Add(1) > int32(lib.options.MaxLinks) {
		lib.links.Add(-1)
		lib.counts.overLimit.Add(1)
		wire.Abort()
		return nil, errLimit
	}
	l := &Link{channel: c, wire: wire, peer: peer, tls: tls}
	l.heard.Store(int64(lib.elapsed()))
	if !c.enter(l) {
		lib.links.Add(-1)
		wire.Abort()
		return nil, errNotOpen
	}
	return l, nil
}

func (c *channel) enter(l *Link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.port == nil {
		return false
	}
	if last := len(c.free) - 1; last >= 0 {
		l.place = c.free[last]
		c.free = c.free[:last]
		c.links[l.place] = l
		return true
	}
	l.place = len(c.links)
	c.links = append(c.links, l)
	return true
}

func (c *channel) leave(l *Link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.place < len(c.links) && c.links[l.place] == l { // else the channel was closed meanwhile
		c.links[l.place] = nil
		c.free = append(c.free, l.place)
	}
}

// Tick does what only time brings about on a channel, for one in TicksPerPoll of its links: polls, and the end of
// links that went silent. It is called TicksPerPoll times within PollEvery.
func (lib *Library) Tick(channel int16) {
	c := lib.channel(channel)
	for i := c.nextTick(); ; i += TicksPerPoll {
		l, more := c.at(i)
		if !more {
			return
		}
		if l != nil {
			l.tick()
		}
	}
}

func (c *channel) nextTick() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticks++
	return c.ticks % TicksPerPoll
}

func (c *channel) at(place int) (l *Link, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place >= len(c.links) {
		return nil, false
	}
	return c.links[place], true
}
