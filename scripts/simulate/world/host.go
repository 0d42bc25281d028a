package world

import "time"

// host is one process with the clocks of its machine: a driver, the vendor app, or Redis. Started anew it is
// another host. A panel is none: nothing stops it.
type host struct {
	world        *World
	name         string
	up           bool
	stoppedUntil time.Duration // a long garbage collection, or a machine that stood still
	stops        []stop
	machine      *machine
	conns        []*conn // all it ever had
}

// machine is what outlives a process: its wall clock is off by so much, its monotonic one began so long before.
type machine struct {
	off  time.Duration
	past time.Duration
}

// stop is a time in which a host, or a call of it, stood still.
type stop struct{ from, until time.Duration }

func (w *World) newHost(name string, m *machine) *host {
	return &host{world: w, name: name, up: true, machine: m}
}

// now is what time.Now tells there.
func (h *host) now() time.Time {
	at := h.world.now
	return reading(began.Add(at+h.machine.off), at+h.machine.past)
}

// stop lets nothing happen on a host for a while; its clocks run on.
func (h *host) stop(d time.Duration) {
	h.stoppedUntil = max(h.stoppedUntil, h.world.now+d)
	h.stops = append(h.stops, stop{h.world.now, h.stoppedUntil})
}

// stood is how long it stood still between two moments. Stops may overlap: a library call that takes its time in a
// machine that stands.
func (h *host) stood(from, until time.Duration) (sum time.Duration) {
	for _, s := range h.stops { // in the order in which they began
		end := min(s.until, until)
		sum += max(0, end-max(s.from, from))
		from = max(from, end)
	}
	return sum
}

// kill ends a host at once. Its kernel resets its connections, unless the machine went down with it: then the
// other ends hear nothing.
func (h *host) kill() {
	h.up = false
	silently := h.world.chance(0.2)
	for _, c := range h.conns {
		c.deserted(h, silently)
	}
	h.conns = nil
}
