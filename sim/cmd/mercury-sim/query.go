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
)

// query is what the subcommands have in common that show something of the app's database.
type query struct {
	*flagSet
	db     string
	serial uint64
	asJSON bool
}

func newQuery(name string, stdout, stderr io.Writer) *query {
	q := &query{flagSet: newFlagSet(name, "-db FILE [flags]", stdout, stderr)}
	q.StringVar(&q.db, "db", "", "the app's SQLite `file`; the app may be running")
	q.serialVar(&q.serial, "serial", 0, "only the controller with this `serial` number")
	q.BoolVar(&q.asJSON, "json", false, "one JSON object a line, with times in UTC, and fields as in the contract: a card's doors are bits; "+
		"as text, times are in this machine's zone, with its offset, and doors are numbers")
	return q
}

// oneOf defines a flag that takes one of some words; they may be written with blanks or hyphens too.
func (q *query) oneOf(to *string, name, usage string, words []string) {
	q.Func(name, usage+": "+strings.Join(words, ", "), func(text string) error {
		text = strings.NewReplacer(" ", "_", "-", "_").Replace(text)
		for _, word := range words {
			if word == text {
				*to = word
				return nil
			}
		}
		return errors.New("want " + strings.Join(words, ", "))
	})
}

func (q *query) parse(args []string) (status int, done bool) {
	if status, done := q.parseAll(args); done {
		return status, true
	}
	if q.db == "" {
		return q.fault("-db is missing: it names the app's database file"), true
	}
	return exitOK, false
}

// show prints each row that read finds: as JSON, or as line does.
func show[T any](ctx context.Context, q *query, line func(io.Writer, T) error, read func(path string, each func(T) error) error) int {
	out := bufio.NewWriter(q.stdout)
	if q.asJSON {
		line = func(w io.Writer, row T) error { return json.NewEncoder(w).Encode(row) }
	}
	err := read(q.db, func(row T) error { return errors.Join(ctx.Err(), line(out, row)) })
	if fault := out.Flush(); fault != nil {
		err = fault // which ended the reading, too
	}
	if err != nil {
		return q.failed(err)
	}
	return exitOK
}

// stamp is a time as people read it, and as -since and -until take it.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02T15:04:05.000Z07:00") }

func pairs(details []any) string {
	var text strings.Builder
	for i := 0; i+1 < len(details); i += 2 {
		fmt.Fprintf(&text, " %v=%s", details[i], quoted(fmt.Sprint(details[i+1])))
	}
	return text.String()
}
