package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"
)

// longestLine is as much of a child's line as is shown.
const longestLine = 64 << 10

// relayAll shows what a child says, line by line, until it says no more. Lines of JSON are shown as
// the child would show them on a terminal.
func (s *screen) relayAll(said io.Reader) {
	lines := bufio.NewReaderSize(said, longestLine)
	for {
		line, cut, err := lines.ReadLine()
		if err != nil {
			return
		}
		if r, ok := parseRecord(line); ok && !cut {
			s.Handle(context.Background(), r)
			continue
		}
		s.relay(string(line))
	}
}

// relay shows a line as it is.
func (s *screen) relay(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(s.out, s.prefix+line+"\n")
}

// parseRecord reads a line as slog's JSON handler writes them, with the attributes in their order.
func parseRecord(line []byte) (slog.Record, bool) {
	var head struct {
		Time  time.Time
		Level slog.Level
		Msg   *string
	}
	if json.Unmarshal(line, &head) != nil || head.Msg == nil {
		return slog.Record{}, false
	}
	r := slog.NewRecord(head.Time, head.Level, *head.Msg, 0)
	d := json.NewDecoder(bytes.NewReader(line))
	d.Token() // the opening brace
	for d.More() {
		key, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return slog.Record{}, false
		}
		switch name, _ := key.(string); name {
		case slog.TimeKey, slog.LevelKey, slog.MessageKey:
		default:
			r.AddAttrs(slog.String(name, plain(value)))
		}
	}
	return r, true
}

// plain is a JSON value without the quotes of a string.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
