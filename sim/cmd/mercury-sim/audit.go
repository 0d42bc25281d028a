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

func auditCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	q := newQuery("audit", stdout, stderr)
	var filter store.AuditFilter
	q.Func("id", "only the command with this `id`", func(id string) error {
		if filter.ID = id; id == "" {
			return errors.New("want an id")
		}
		return nil
	})
	q.oneOf(&filter.End, "end", "only commands with this `end`", append([]string{store.Unended}, desk.Outcomes()...))
	if status, done := q.parse(args); done {
		return status
	}
	filter.Serial = q.serial
	return show(ctx, q, auditLine, func(path string, each func(store.Entry) error) error {
		return store.Audit(path, filter, each)
	})
}

// auditLine prints when it was asked for, of which controller, how it ended, what it was, and who asked.
func auditLine(w io.Writer, e store.Entry) error {
	details, err := desk.StoredArguments(e.Kind, e.Arguments)
	if err != nil {
		return fmt.Errorf("controller %d: read a stored command %s: %w", e.Serial, e.Kind, err)
	}
	details = append(details, "by", e.RequestedBy, "id", e.ID)
	if e.Outcome != store.Unended {
		details = append(details, "dur", e.Ended.Sub(e.Created).Round(100*time.Microsecond))
	}
	if e.Reason != "" {
		details = append(details, "reason", e.Reason)
	}
	if e.LateOutcome != "" {
		details = append(details, "late", e.LateOutcome)
	}
	_, err = fmt.Fprintf(w, "%s  %8d  %-10s  %s%s\n", stamp(e.Created),
		e.Serial, e.Outcome, strings.ReplaceAll(e.Kind, "_", " "), pairs(details))
	return err
}
