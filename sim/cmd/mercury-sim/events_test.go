package main

import (
	"strings"
	"testing"

	"mercury-driver/sim/app/store"
)

func TestWhatIsBacklogIsMarked(t *testing.T) {
	for backlog, want := range map[bool]string{
		true:  "  tamper module=2 active=true backlog=true\n",
		false: "  tamper module=2 active=true\n",
	} {
		var line strings.Builder
		e := store.Event{Serial: 1, Kind: "tamper", Body: []byte(`{"module":2,"active":true}`), Backlog: backlog}
		if err := eventLine(&line, e); err != nil || !strings.HasSuffix(line.String(), want) {
			t.Errorf("%q, %v; want %q at its end", line.String(), err, want)
		}
	}
}
