package world

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// eventThread drains the library and does what is due, as package event does.
type eventThread struct {
	driver *driver
	wake   alarm // there may be a message
	batch  []scp.Message
}

const drainWait = 100 * time.Millisecond

func (e *eventThread) start(d *driver) {
	e.driver, e.wake = d, alarm{host: d.host, what: "drain", do: e.drain}
	d.world.each(drainWait, d.host, "tick", e.drain)
}

// Wake has nothing to end: a wait is over before a deadline passes.
func (e *eventThread) Wake() {}

func (e *eventThread) drain() {
	d := e.driver
	most := 1 + d.world.intN(16)
	e.batch = d.library.drain(e.batch[:0], most)
	now := d.host.now()
	d.table.Receive(now, e.batch)
	d.table.Tick(now)
	if d.table.Due(now) == 0 {
		d.world.oracle.Fault("%s: what is due stays due", d.instance)
	}
	if len(e.batch) == most {
		e.wake.soon()
	}
	d.stepped()
}
