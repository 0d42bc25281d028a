// Package fanin measures what comes in from very many controllers: from panels that all have a backlog, through the whole
// driver to an app, beside bare connections, a bare database and a bare disk.
package fanin

import (
	"fmt"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/suite"
)

const (
	// panels is as many as a process may have: its library has no more numbers.
	panels = 10_000
	// logged is what each panel has logged before it dials in: more than it gets rid of in a run.
	logged = 2000
	window = 256 // the driver's default
)

// Of what a panel says on the simulator's wire.
const (
	// frame is the bytes of a transaction: 25 to 28.
	frame = 27
	// together is how many a panel with a backlog says in one write: it may report a quarter of a window more at a time.
	together = window / 4
)

// Suite is all of them.
func Suite() []suite.Bench {
	const through, stored = "fan-in, 10,000 panels with a backlog", "into SQLite, 10,000 panels with a backlog"
	var counted counted
	return []suite.Bench{
		{Name: "fan-in", Brief: true, Run: counted.run, Rows: []*figure.Row{
			{Name: through + "; limit: bare connections, a frame a write", Unit: "events/s",
				Budget: figure.AtLeast(0.6), Short: figure.AtLeast(3.5)},
			{Name: through + fmt.Sprintf("; limit: the same, %d frames a write", together), Unit: "events/s",
				Budget: figure.Compared(), Short: figure.AtLeast(0.07)},
			{Name: through + ", CPU; limit: bare reader, a frame a write", Unit: "us an event", Budget: figure.Compared()},
			{Name: through + ", CPU of the panels", Unit: "us an event"},
		}},
		{Name: "fan-in-sqlite", Brief: true, Run: counted.runSQLite, Rows: []*figure.Row{
			{Name: stored + ", committed before the ack", Unit: "events/s", Budget: figure.Over(50e3)},
			{Name: stored + "; limit: bare insert of the same, or the fan-in if less", Unit: "events/s",
				Budget: figure.AtLeast(0.7), Short: figure.AtLeast(0.4)},
			{Name: stored + ", CPU of the app; limit: bare insert of the same", Unit: "us an event", Budget: figure.Compared()},
		}},
		{Name: "spool", Run: runSpool, Rows: []*figure.Row{
			{Name: "into the spool, by itself; limit: bare append and fdatasync", Unit: "events/s", Budget: figure.Compared()},
		}},
	}
}
