package world

import (
	"slices"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
)

// fault is something that goes wrong, and how often against the others. Each world knows about half of them, so
// that no fault hides in the noise of another one.
type fault struct {
	name   string
	weight int
	do     func(*World)
}

var faults = []fault{
	{"link cut", 10, func(w *World) { w.onLink(func(l *link) { l.conn.cut() }) }},
	{"link held", 10, func(w *World) { w.onLink(func(l *link) { w.holdFor(l.conn, 10*time.Second) }) }},
	{"link deserted", 8, func(w *World) { pick(w, w.sites).desert() }},
	{"panel deaf", 6, func(w *World) { w.onLink((*link).deafen) }},
	{"two hold one panel", 6, (*World).twoHolders},
	{"link slow", 4, func(w *World) { w.forAWhile(&w.mood.link, 4*time.Second) }},
	{"panel reboots", 4, func(w *World) { pick(w, w.sites).reboot() }},
	{"panel is erased", 3, func(w *World) { pick(w, w.sites).erase() }},
	{"log wraps", 6, func(w *World) { pick(w, w.sites).crowd() }},
	{"replies lost, late, repeated", 4, func(w *World) {
		w.forAWhileAt(&w.mood.lostReply, 0.1)
		w.forAWhileAt(&w.mood.lateReply, 0.3)
		w.forAWhileAt(&w.mood.repeatedReply, 0.3)
	}},
	{"panels say no", 4, func(w *World) { w.forAWhileAt(&w.mood.busy, 0.2) }},

	{"library errors", 4, func(w *World) { w.forAWhileAt(&w.mood.postErrors, 0.2) }},
	{"library slow", 4, func(w *World) { w.forAWhileAt(&w.mood.slowCalls, 0.5) }},
	{"driver killed", 6, func(w *World) { w.killDriver(w.intN(len(w.drivers))) }},
	{"driver stands", 6, func(w *World) { pick(w, w.drivers).host.stop(w.mean(4 * time.Second)) }},
	{"driver busy", 3, func(w *World) { w.forAWhile(&w.mood.thread, time.Second) }},

	{"stream cut", 8, func(w *World) { w.onConn(&w.streams, (*conn).cut) }},
	{"stream held", 8, func(w *World) { w.onConn(&w.streams, func(c *conn) { w.holdFor(c, 15*time.Second) }) }},
	{"stream slow", 4, func(w *World) { w.forAWhile(&w.mood.stream, 4*time.Second) }},
	{"app killed", 4, func(w *World) { w.killApp() }},
	{"app killed in a commit", 4, func(w *World) { w.database.crash = pick(w, []crash{beforeCommit, behindCommit}) }},
	{"app stands", 4, func(w *World) { w.app.host.stop(w.mean(4 * time.Second)) }},
	{"database copied", 4, func(w *World) { w.copies = append(w.copies, w.database.rows.copy()) }},
	{databaseReplaced, 3, (*World).replaceDatabase},

	{"redis killed", 4, (*World).killRedis},
	{"redis stands", 4, func(w *World) { w.redis.host.stop(w.mean(3 * time.Second)) }},
	{"redis cut", 6, func(w *World) { w.onConn(&w.subscribers, (*conn).cut) }},
	{"redis held", 6, func(w *World) { w.onConn(&w.subscribers, func(c *conn) { w.holdFor(c, 6*time.Second) }) }},
	{"redis slow", 4, func(w *World) { w.forAWhile(&w.mood.redis, 3*time.Second) }},
	{"requests and replies of redis lost", 4, func(w *World) {
		w.forAWhileAt(&w.mood.lostRequests, 0.2)
		w.forAWhileAt(&w.mood.lostReplies, 0.3)
	}},

	{"clock set", 6, (*World).setClock},
}

const databaseReplaced = "database replaced"

// losesRows reports whether the lease epochs grow by the app's clock alone: then that must not be set back.
func (w *World) losesRows() bool {
	return slices.ContainsFunc(w.settings.faults, func(f fault) bool { return f.name == databaseReplaced || f.name == databaseLost })
}

// fault lets one of those that this world knows happen.
func (w *World) fault() {
	total := 0
	for _, f := range w.settings.faults {
		total += f.weight
	}
	if total == 0 {
		return
	}
	n := w.intN(total)
	for _, f := range w.settings.faults {
		if n -= f.weight; n < 0 {
			w.tell("", "FAULT "+f.name)
			f.do(w)
			return
		}
	}
}

// forAWhile lets something take longer.
func (w *World) forAWhile(what *time.Duration, most time.Duration) {
	usual := *what
	*what = max(usual, w.upTo(most))
	w.after(w.mean(5*time.Second), nil, "faster again", func() { *what = min(*what, usual) })
}

// forAWhileAt lets something go wrong now and then.
func (w *World) forAWhileAt(what *float64, how float64) {
	*what = how
	w.after(w.mean(5*time.Second), nil, "better again", func() { *what = 0 })
}

// holdFor makes a connection half-open, in one direction or both, for a while or for ever.
func (w *World) holdFor(c *conn, most time.Duration) {
	ways := 1 + w.intN(3)
	c.hold(ways&1 != 0, ways&2 != 0)
	if w.chance(0.7) {
		w.after(w.upTo(most), nil, "let go", func() { c.hold(false, false) })
	}
}

func (w *World) onLink(do func(*link)) {
	if len(w.links) > 0 {
		do(pick(w, w.links))
	}
}

// onConn does something to one of the connections that are not over.
func (w *World) onConn(conns *[]*conn, do func(*conn)) {
	*conns = living(*conns)
	if len(*conns) > 0 {
		do(pick(w, *conns))
	}
}

func living(conns []*conn) (left []*conn) {
	for _, c := range conns {
		if !c.over() {
			left = append(left, c)
		}
	}
	return left
}

// twoHolders lets a panel dial another process, while the one that it leaves hears nothing of that, neither on the link
// nor from the app. Somebody who names no lease then asks for something.
func (w *World) twoHolders() {
	s := pick(w, w.sites)
	if s.link == nil {
		return
	}
	if c := s.link.driver.line.conn; c != nil {
		w.holdFor(c, 15*time.Second)
	}
	s.desert()
	for range 4 {
		w.after(w.upTo(3*time.Second), nil, "wish", func() { w.wish(s.serial, w.deed(), appv1.Route_ROUTE_CLAIM) })
	}
}

// downtime is how long a process that was killed is away.
func (w *World) downtime() time.Duration { return 100*time.Millisecond + w.mean(2*time.Second) }

func (w *World) killDriver(port int) {
	d := w.drivers[port]
	if !d.host.up {
		return
	}
	d.host.kill()
	if d.spool != nil {
		d.spool.kill()
	}
	w.after(w.downtime(), nil, "driver starts", func() { w.startDriver(port) })
}

func (w *World) killApp() { w.killAppFor(w.downtime()) }

func (w *World) killAppFor(downtime time.Duration) {
	if !w.app.host.up {
		return
	}
	w.app.host.kill()
	w.after(downtime, nil, "app starts", w.startApp)
}

// replaceDatabase is a lost disk: the app starts on a new database, or on an older copy.
func (w *World) replaceDatabase() {
	if !w.app.host.up {
		return
	}
	w.killApp()
	w.database.replace(w.otherRows())
}

// otherRows are those of a new database, or of an older copy.
func (w *World) otherRows() *rows {
	if len(w.copies) > 0 && w.chance(0.7) {
		return pick(w, w.copies).copy()
	}
	return newRows(w.app.host.now())
}

// killRedis ends it. Its keys are there again afterwards: where they are not, a claim may be won twice.
func (w *World) killRedis() {
	r := w.redis
	if !r.host.up {
		return
	}
	r.host.kill()
	w.after(w.downtime(), nil, "redis starts", func() { w.startRedis(r.keys) })
}

// setClock sets the wall clock of a machine, by a little or by an hour.
func (w *World) setClock() {
	machines := []*machine{w.machines["app"], w.machines["redis"]}
	for _, d := range w.drivers {
		machines = append(machines, d.host.machine)
	}
	by := pick(w, []time.Duration{time.Hour, time.Minute, 3 * time.Second})
	m := pick(w, machines)
	was := m.off
	switch m.off = w.between(-by, by); {
	case m == w.machines["app"] && w.losesRows():
		m.off = max(m.off, was)
	case m == w.machines["redis"]: // set forward, it would forget claims before their time: nobody can help that
		m.off = min(m.off, was)
	}
}

// mend ends all faults that last. Clocks stay as they are.
func (w *World) mend() {
	w.tell("", "all is mended")
	w.mood = w.usual()
	w.database.crash = nowhere
	for _, d := range w.drivers {
		if d.spool != nil {
			d.spool.doomed = false
		}
	}
	for _, l := range w.links {
		l.conn.hold(false, false)
		l.listen()
	}
	for _, conns := range [][]*conn{w.streams, w.subscribers} {
		for _, c := range conns {
			c.hold(false, false)
		}
	}
}
