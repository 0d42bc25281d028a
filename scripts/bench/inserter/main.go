// Command inserter is the bare insert of the reference vendor app: its own store, fed in this process with the batches
// that it would get from a driver with very many controllers, and nothing before or behind it. It stores as
// many as it was told to begin with, for a fuller database takes longer, then as many as are measured, prints the pace of
// these and ends.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"mercury-driver/scripts/bench/backlog"
	"mercury-driver/scripts/bench/pace"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

const (
	turn  = 32   // events of one controller in a batch of the driver
	batch = 4096 // events of a commit: more at once are not stored faster
)

func main() {
	db := flag.String("db", "", "SQLite `file` to make")
	controllers := flag.Int("controllers", 10_000, "of how `many` the events are")
	before := flag.Int("before", 0, "how `many` events are stored before the measurement")
	events := flag.Int("events", 1_000_000, "how `many` are measured")
	flag.Parse()
	debug.SetGCPercent(400) // as the app does
	if err := insert(*db, backlog.Backlog{Controllers: *controllers, Turn: turn}, *before, *events); err != nil {
		fmt.Fprintln(os.Stderr, "inserter:", err)
		os.Exit(1)
	}
}

func insert(db string, from backlog.Backlog, before, events int) error {
	into, err := store.Open(db, time.Now())
	if err != nil {
		return err
	}
	defer into.Close()
	if err := commit(into, &from, before); err != nil {
		return err
	}
	began := pace.Begin()
	if err := commit(into, &from, events); err != nil {
		return err
	}
	return pace.Print(began.Pace(float64(events)))
}

func commit(into *store.Store, from *backlog.Backlog, events int) error {
	change := desk.Change{Events: make([]desk.Record, batch)}
	for ; events > 0; events -= batch {
		change.Events = change.Events[:min(events, batch)]
		for i := range change.Events {
			change.Events[i] = record(from.Next())
		}
		if err := into.Commit(&change); err != nil {
			return err
		}
	}
	return nil
}

// record is a card that was let in.
func record(serial, index uint64) desk.Record {
	const now = 1_800_000_000_000_000_000
	return desk.Record{Serial: serial, LogEpoch: 1, Index: index, Kind: "access_granted", PanelTimeNS: now, ReceivedNS: now,
		Backlog: true, LeaseEpoch: now / 1_000_000, Begins: index == 1, Body: `{"reader":1,"door":1,"card":"1004711"}`}
}
