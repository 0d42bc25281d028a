package world

import (
	"fmt"
	"time"
)

// settleWithin is how long after the last fault everything may take to settle: leases run out, back-offs end, a
// panel that is not heard from is asked.
const settleWithin = 3 * time.Minute

// settledFor is longer than anybody takes to notice that a connection is dead.
const settledFor = 15 * time.Second

// chaos is the time of faults. Things happen at the panels, and people wish.
func (w *World) chaos() {
	w.often(w.settings.lifeEvery, "life", func() { pick(w, w.sites).somebody() })
	w.often(w.settings.wishEvery, "wish", w.somebodyWishes)
	w.often(w.settings.faultEvery, "fault", w.fault)
	w.often(time.Second, "bounds", w.bounded)
	w.until(w.settings.lasts)
}

// often does something again and again, at random times, as long as the time of faults lasts.
func (w *World) often(every time.Duration, what string, do func()) {
	var again func()
	again = func() {
		if w.now < w.settings.lasts {
			do()
			w.after(w.mean(every), nil, what, again)
		}
	}
	w.after(w.mean(every), nil, what, again)
}

// calm mends what is broken, waits until all has settled, sees that everything works, and judges.
func (w *World) calm() {
	w.mend()
	if !w.settle() {
		return
	}
	w.proveLife()
	if !w.settle() {
		return
	}
	w.oracle.JudgeTransactions()
	w.oracle.JudgeCommands()
	w.oracle.JudgeResults()
}

// settle waits until nothing has been under way for a while.
func (w *World) settle() bool {
	end := w.now + settleWithin
	for since := w.now; w.now < since+settledFor; {
		if !w.until(w.now + time.Second) {
			return false
		}
		open := w.unsettled()
		if open == "" {
			continue
		}
		if since = w.now; w.now > end {
			w.oracle.Fault("not settled: %s", open)
			return false
		}
	}
	return true
}

// unsettled is something that is still under way, "" when nothing is.
func (w *World) unsettled() string {
	for _, h := range w.hosts() {
		if !h.up || h.stoppedUntil > w.now {
			return h.name + " is away"
		}
	}
	for _, s := range w.sites {
		at := w.database.rows.controllers[s.serial]
		switch n := w.oracle.Unstored(s.serial); {
		case s.link == nil:
			return fmt.Sprintf("panel %d has no link", s.serial)
		case n > 0:
			return fmt.Sprintf("%d transactions of panel %d are not stored", n, s.serial)
		case !at.Online || at.Instance != s.link.driver.instance:
			return fmt.Sprintf("panel %d is linked to %s, the app has it as %+v", s.serial, s.link.driver.instance, at)
		case !at.CommandsReady:
			return fmt.Sprintf("panel %d is not ready for commands", s.serial)
		}
	}
	for _, d := range w.drivers {
		if kept, open := d.uplink.Outbox.Counts(), d.table.Counts().Open.Load(); kept.Unacked+kept.Results > 0 || open > 0 {
			return fmt.Sprintf("%s keeps %d events, %d results, and %d sequences are open", d.instance, kept.Unacked, kept.Results, open)
		}
		if d.spool != nil && d.spool.Counts().Bytes > 0 {
			return fmt.Sprintf("%s has %d bytes in its spool", d.instance, d.spool.Counts().Bytes)
		}
		if n := d.table.Counts().Known.Load(); n > 0 {
			return fmt.Sprintf("%s still knows %d commands", d.instance, n)
		}
	}
	for id, row := range w.database.rows.audit {
		if row.end == nil {
			return fmt.Sprintf("command %s has no end", id)
		}
	}
	return ""
}

// proveLife wishes a command for each panel by each route, one after the other: all must be done.
func (w *World) proveLife() {
	for _, s := range w.sites {
		for _, route := range routes {
			w.oracle.MustBeDone(w.wish(s.serial, w.deed(), route))
			w.until(w.now + time.Second)
		}
	}
}

// bounded asks that nobody keeps more than he may.
func (w *World) bounded() {
	for _, d := range w.drivers {
		c, s := d.uplink.Outbox.Counts(), w.settings
		if c.Unacked > int(d.granted)+s.driverEvents || c.Results > s.results {
			w.oracle.Fault("%s keeps %d events and %d results", d.instance, c.Unacked, c.Results)
		}
	}
}
