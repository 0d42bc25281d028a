package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

func eventsCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("events", "-db FILE [flags]", stdout, stderr)
	db := f.String("db", "", "the app's SQLite `file`; the app may be running")
	var filter store.Filter
	f.serialVar(&filter.Serial, "serial", 0, "only the controller with this `serial` number")
	f.StringVar(&filter.Kind, "kind", "", "only this `kind`, as access_granted, door_forced, online, gap")
	f.Func("since", "only what a driver saw at or after this `time`: 2026-01-31T12:00:00Z, or as 10m: so long ago", timeFlag(&filter.Since))
	f.Func("until", "only what a driver saw before this `time`", timeFlag(&filter.Until))
	var asJSON bool
	f.BoolVar(&asJSON, "json", false, "one JSON object a line")
	if status, done := f.parseAll(args); done {
		return status
	}
	if *db == "" {
		return f.fault("-db is missing: it names the app's database file")
	}
	out := bufio.NewWriter(stdout)
	show := textLine
	if asJSON {
		show = func(w io.Writer, e store.Event) error { return json.NewEncoder(w).Encode(e) }
	}
	err := store.Events(*db, filter, func(e store.Event) error {
		return errors.Join(ctx.Err(), show(out, e))
	})
	if err = errors.Join(err, out.Flush()); err != nil {
		return f.failed(err)
	}
	return exitOK
}

func timeFlag(to *time.Time) func(string) error {
	return func(text string) error {
		if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
			*to = time.Now().Add(-ago)
			return nil
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return errors.New("want a time like 2026-01-31T12:00:00Z, or a span like 10m")
		}
		*to = at
		return nil
	}
}

// textLine prints when, which controller, its log index, and what happened.
func textLine(w io.Writer, e store.Event) error {
	index := "-"
	if e.Index > 0 {
		index = fmt.Sprintf("%d/%d", e.LogEpoch, e.Index)
	}
	details, err := desk.StoredDetails(e.Kind, e.Body)
	if err != nil {
		return fmt.Errorf("controller %d: read a stored %s: %w", e.Serial, e.Kind, err)
	}
	_, err = fmt.Fprintf(w, "%s  %8d  %8s  %s%s\n", e.Received.Local().Format("2006-01-02 15:04:05.000"),
		e.Serial, index, strings.ReplaceAll(e.Kind, "_", " "), pairs(details))
	return err
}

func pairs(details []any) string {
	var text strings.Builder
	for i := 0; i+1 < len(details); i += 2 {
		fmt.Fprintf(&text, " %v=%v", details[i], details[i+1])
	}
	return text.String()
}
