// Command inserter is the bare insert of the reference vendor app: its own store, fed in this process with the batches
// that it would get from a driver with very many controllers, and nothing before or behind it. It stores as many as
// it was told to begin with, for a fuller database takes longer, then as many as are measured, prints the pace of these and
// ends.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
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
	logged := logged()
	change := desk.Change{Events: make([]desk.Record, batch)}
	for ; events > 0; events -= batch {
		change.Events = change.Events[:min(events, batch)]
		for i := range change.Events {
			serial, index := from.Next()
			r := logged[(serial+index)%uint64(len(logged))]
			r.Serial, r.Index, r.Begins = serial, index, index == 1
			change.Events[i] = r
		}
		if err := into.Commit(&change); err != nil {
			return err
		}
	}
	return nil
}

// logged is what a panel of the fleet's backlog logs, in the same shares, as the desk has it stored: of twenty visits
// sixteen are by card, three by the exit button, and one is a card that is not known.
func logged() (records []desk.Record) {
	var events []*pb.Event
	for visit := range 20 {
		switch {
		case visit == 19:
			events = append(events, &pb.Event{Body: &pb.Event_UnknownCredential{
				UnknownCredential: &pb.UnknownCredential{Reader: 1, Door: 1, Card: 900_042, Bits: 26}}})
			continue
		case visit >= 16:
			events = append(events, &pb.Event{Body: &pb.Event_ExitRequest{ExitRequest: &pb.ExitRequest{Door: 1}}})
		default:
			events = append(events, &pb.Event{Body: &pb.Event_AccessGranted{
				AccessGranted: &pb.AccessGranted{Reader: 1, Door: 1, Card: 1004}}})
		}
		for _, open := range []bool{true, false} {
			events = append(events, &pb.Event{Body: &pb.Event_DoorPosition{DoorPosition: &pb.DoorPosition{Door: 1, Open: open}}})
		}
	}
	const now = 1_800_000_000_000_000_000
	for _, ev := range events {
		ev.LogEpoch, ev.Index, ev.PanelTimeNs, ev.ReceivedNs = 1, 1, now, now
		ev.Backlog, ev.LeaseEpoch = true, now/1_000_000
	}
	for _, r := range new(desk.Peer).Reports(&pb.EventBatch{Events: events}) {
		records = append(records, r.Record)
	}
	return records
}
