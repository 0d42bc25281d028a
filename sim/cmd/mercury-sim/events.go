package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

func eventsCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	q := newQuery("events", stdout, stderr)
	var filter store.Filter
	q.oneOf(&filter.Kind, "kind", "only this `kind`", desk.EventKinds())
	q.Func("since", "only what a driver saw at or after this `time`: 2026-01-31T12:00:00Z, or as 10m: so long ago", timeFlag(&filter.Since))
	q.Func("until", "only what a driver saw before this `time`", timeFlag(&filter.Until))
	if status, done := q.parse(args); done {
		return status
	}
	filter.Serial = q.serial
	return show(ctx, q, eventLine, func(path string, each func(store.Event) error) error {
		return store.Events(path, filter, each)
	})
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

// eventLine prints when, which controller, its log index, what happened, and whether that is backlog.
func eventLine(w io.Writer, e store.Event) error {
	index := "-"
	if e.Index > 0 {
		index = fmt.Sprintf("%d/%d", e.LogEpoch, e.Index)
	}
	details, err := desk.StoredDetails(e.Kind, e.Body)
	if err != nil {
		return fmt.Errorf("controller %d: read a stored %s: %w", e.Serial, e.Kind, err)
	}
	if e.Backlog {
		details = append(details, "backlog", true)
	}
	_, err = fmt.Fprintf(w, "%s  %8d  %8s  %s%s\n", stamp(e.Received),
		e.Serial, index, strings.ReplaceAll(e.Kind, "_", " "), pairs(details))
	return err
}
