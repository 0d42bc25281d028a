package oracle

// order is in which order one process received the commands to one controller.
type order struct {
	received map[*command]receipt
	count    int
	posted   int      // the first receipt of what was posted, and came last
	last     *command // that
}

// receipt is when a command came for the first time, and when again. Which of them it was taken on for is not known.
type receipt struct{ first, last int }

// to is one controller as one process serves it.
type to struct {
	instance string
	serial   uint64
}

func (o *Oracle) order(instance string, serial uint64) *order {
	at := to{instance, serial}
	if o.orders[at] == nil {
		o.orders[at] = &order{received: map[*command]receipt{}}
	}
	return o.orders[at]
}

// Received: a command reaches a process.
func (o *Oracle) Received(instance string, serial uint64, id string) {
	c, order := o.commands.byID[id], o.order(instance, serial)
	order.count++
	r, again := order.received[c]
	if !again {
		r.first = order.count
	}
	r.last = order.count
	order.received[c] = r
}

// inTurn asks that a command that is posted came behind all that were posted before.
func (o *Oracle) inTurn(instance string, c *command) {
	order := o.order(instance, c.serial)
	switch r := order.received[c]; {
	case r.last < order.posted:
		o.Fault("command %s is posted by %s behind %s, which came later", c.id, instance, order.last.id)
	case r.first > order.posted:
		order.posted, order.last = r.first, c
	}
}
